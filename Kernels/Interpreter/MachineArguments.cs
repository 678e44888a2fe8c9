using System.Runtime.CompilerServices;
using Chainring.Kernels.Helpers;
using Chainring.Kernels.Maps;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Interpreter;

// What helpers are given: registers to maps, memory, dynamic pointers, locks and sockets, as the row says.
sealed partial class Machine
{
    /// <summary>The arguments of a call, in <paramref name="call"/>; or the reason why it cannot be made.</summary>
    AbortReason Resolve(ref Memory memory, HelperRow row, scoped ReadOnlySpan<ulong> r, ref HelperCall call)
    {
        bool first = true;
        for (int n = 0; n < row.Arguments.Length; n++)
        {
            ulong value = r[n + 1];
            int size;
            ref readonly var argument = ref row.Arguments[n];
            var access = argument.Access;
            switch (argument.Kind)
            {
                case ArgumentKind.Context:
                    if (value != EntryContext) return AbortReason.HelperArgument;
                    continue;
                case ArgumentKind.Map:
                    call.Map = Address.RegionOf(value) == Region.Map ? environment.Maps.Find(Address.IndexOf(value)) : null;
                    if (call.Map?.Admits(row.Effect) != true) return AbortReason.HelperArgument;
                    continue;
                case ArgumentKind.LockInValue:
                    if (!TryLock(value, row.Id, ref call)) return AbortReason.HelperArgument;
                    continue;
                case ArgumentKind.Function:
                    call.Function = (int)Address.OffsetOf(value);
                    if (value != Address.Of(Region.Code, call.Program.Id & Address.MaxIndex, call.Function) || !call.Program.HasFunctionAt(call.Function)) return AbortReason.HelperArgument;
                    continue;
                case ArgumentKind.StackOrNull:
                    if (value != 0 && Address.RegionOf(value) != Region.Stack) return AbortReason.HelperArgument;
                    continue;
                case ArgumentKind.Dynptr:
                    if (!TryDynptr(ref memory, value, argument.Dynptrs, ref call)) return AbortReason.HelperArgument;
                    continue;
                case ArgumentKind.NewDynptr:
                    if (!memory.IsPlaceOfDynptr(value)) return AbortReason.HelperArgument;
                    if (!_dynptrs.TryEnd(Address.IndexOf(value), Address.OffsetOf(value), DynptrTable.Bytes)) return AbortReason.DynptrAccess;
                    _made = new(argument.Dynptrs, argument.Dynptrs == DynptrKinds.Record ? _dynptrs.NewHolder() : 0);
                    continue;
                case ArgumentKind.MapKey:
                    size = call.Map!.Spec.KeySize;
                    break;
                case ArgumentKind.MapValue:
                    size = call.Map!.Spec.ValueSize;
                    break;
                case ArgumentKind.PeekedValue:
                    size = call.Map!.Spec.ValueSize;
                    access = ((IPushMap)call.Map!).PeekAccess;
                    break;
                case ArgumentKind.Record:
                    if (Address.RegionOf(value) != Region.Record) return AbortReason.HelperArgument;
                    if (!_reservations.TryTake(Address.IndexOf(value), Address.OffsetOf(value), byDynptr: false, out call.Record)) return AbortReason.RecordBounds;
                    continue;
                case ArgumentKind.Socket or ArgumentKind.ReleasedSocket:
                    var gone = TrySocket(value, argument.Kind == ArgumentKind.ReleasedSocket, ref call);
                    if (gone != AbortReason.None) return gone;
                    continue;
                case ArgumentKind.Memory or ArgumentKind.ValueMemory:
                    if (!TrySize(argument, value, row.Arguments[n + 1], r[n + 2], out size)) return AbortReason.HelperArgument;
                    if (argument.Kind == ArgumentKind.ValueMemory && !TryValue(value, ref call)) return AbortReason.HelperArgument;
                    break;
                case ArgumentKind.FixedMemory:
                    size = argument.Bytes;
                    break;
                case ArgumentKind.Text:
                    if (!TryText(value, out size)) return AbortReason.HelperArgument;
                    break;
                default:
                    continue;
            }
            Span<byte> span = default;
            if (value != 0 || !argument.MayBeNull)
            {
                var fault = memory.Reach(value, size, access, out span);
                if (fault != AbortReason.None) return fault;
            }
            if (argument.Kind == ArgumentKind.Text)
            {
                call.Text = span;
                continue;
            }
            if (first) call.Memory1 = span;
            else call.Memory2 = span;
            first = false;
        }
        return AbortReason.None;
    }

    /// <summary>The size of memory, as the argument behind it says; false if that is not allowed, or the memory is null and must not be.</summary>
    static bool TrySize(in HelperArgument memory, ulong address, in HelperArgument size, ulong bytes, out int length)
    {
        length = (int)bytes;
        return bytes <= int.MaxValue && (bytes != 0 || size.MayBeZero) && (address != 0 || (memory.MayBeNull && (bytes == 0 || size.IsResultSize)));
    }

    /// <summary>The map whose value an address points into, and where.</summary>
    bool TryValue(ulong address, ref HelperCall call)
    {
        call.Map = Address.RegionOf(address) == Region.MapValue ? environment.Maps.Find(Address.IndexOf(address)) : null;
        call.ValueOffset = (int)Address.OffsetOf(address);
        return call.Map is not null;
    }

    /// <summary>The dynamic pointer at an address, if it is of these kinds.</summary>
    bool TryDynptr(ref Memory memory, ulong address, DynptrKinds kinds, ref HelperCall call)
    {
        var (depth, offset) = (Address.IndexOf(address), Address.OffsetOf(address));
        if (!memory.IsPlaceOfDynptr(address) || !_dynptrs.IsAt(depth, offset)) return false;
        ref var pointer = ref _dynptrs.At(depth, offset);
        if ((pointer.Kind & kinds) == 0) return false;
        if (Unsafe.IsNullRef(ref call.Dynptr1)) call.Dynptr1 = ref pointer;
        else call.Dynptr2 = ref pointer;
        return true;
    }

    /// <summary>The lock at an address: of a map whose values have one there, and for unlocking the one that is held.</summary>
    bool TryLock(ulong address, int helper, ref HelperCall call)
    {
        if (Address.RegionOf(address) != Region.MapValue || environment.Maps.Find(Address.IndexOf(address)) is not { HasLocks: true } map) return false;
        uint offset = Address.OffsetOf(address);
        int at = map.Spec.LockOffset!.Value;
        if (!map.Holds(offset, MapSpec.LockBytes) || offset % (uint)map.Stride != at) return false;
        (call.Map, call.ValueOffset) = (map, (int)offset - at);
        return helper != HelperTable.UnlockId || _held.Is(map, call.ValueOffset);
    }

    /// <summary>The socket at an address that a lookup has returned; if it is to be released, the program can no longer reach it.</summary>
    AbortReason TrySocket(ulong address, bool release, ref HelperCall call)
    {
        if (Address.RegionOf(address) is not (Region.Socket or Region.CommonSocket) || Address.OffsetOf(address) != 0) return AbortReason.HelperArgument;
        uint id = Address.IndexOf(address);
        call.Socket = release ? _sockets.Take(id) : _sockets.Find(id);
        return call.Socket is null ? AbortReason.SocketBounds : AbortReason.None;
    }

    /// <summary>The length of the text at an address, its zero not counted; false if it has none, or programs could write to it.</summary>
    bool TryText(ulong address, out int length)
    {
        length = 0;
        uint offset = Address.OffsetOf(address);
        if (Address.RegionOf(address) != Region.MapValue || environment.Maps.Find(Address.IndexOf(address)) is not { ProgramsMayWrite: false } map) return false;
        if (!map.Holds(offset, 1)) return false;
        int rest = map.Spec.ValueSize - (int)(offset % (uint)map.Stride);
        length = map.Storage.AsSpan((int)offset, rest).IndexOf((byte)0);
        return length >= 0;
    }
}
