using System.Reflection.Emit;
using Chainring.Kernels.Maps;
using Chainring.Offload.Ir;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Il;

/// <summary>Emits calls of helpers: those that are called most by a way of their own, the others by their rows.</summary>
static class CallEmitter
{
    const int MapLookup = 1, MapUpdate = 2, KtimeGetNs = 5, AdjustHead = 44, MaxArguments = 5;

    public static void Emit(IlWriter il, Node node, INodePlaces places)
    {
        switch (node.Row!.Id)
        {
            case MapLookup when IsLookup(node):
                il.Argument(0);
                il.Constant32(node.Inputs[0].Now.Map!.Number);
                Pointer(1);
                Call(nameof(Calls.Lookup));
                return;
            case MapUpdate when node.Inputs[0].Now.Op == Op.Map:
                il.Argument(0);
                il.Constant32(node.Inputs[0].Now.Map!.Number);
                Pointer(1);
                Pointer(2);
                places.Value(node.Inputs[3]);
                Call(nameof(Calls.Update));
                return;
            case KtimeGetNs:
                il.Argument(0);
                places.Frame();
                Call(nameof(Calls.Now));
                return;
            case AdjustHead:
                il.Argument(0);
                places.Frame();
                places.Buffer();
                places.Value(node.Inputs[1]);
                Call(nameof(Calls.AdjustHead));
                return;
        }
        il.Argument(0);
        places.Frame();
        places.Buffer();
        il.Constant32(node.Row.Id);
        il.Constant32(node.Stage);
        for (int n = 0; n < MaxArguments; n++)
        {
            if (n < node.Inputs.Length) places.Value(node.Inputs[n]);
            else il.Constant(0);
        }
        Call(nameof(Calls.Helper));

        void Pointer(int input)
        {
            places.Value(node.Inputs[input]);
            il.Op(OpCodes.Conv_I);
        }

        void Call(string name) => il.Call(typeof(Calls).GetMethod(name)!);
    }

    public static bool IsAdjustHead(Node node) => node is { Op: Op.Call, Row.Id: AdjustHead };

    /// <summary>Whether it looks up in a known map whose values lie in its storage.</summary>
    public static bool IsLookup(Node node) =>
        node is { Op: Op.Call, Row.Id: MapLookup } && node.Inputs[0].Now is { Op: Op.Map, Map.Spec.Type: not (MapType.ArrayOfMaps or MapType.HashOfMaps) };
}
