using System.Reflection.Emit;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.Simd;

/// <remarks>What methods that run one after the other have for each other (<see cref="LanePieces"/>).</remarks>
sealed partial class LaneEmitter
{
    /// <summary>What the methods before have left: results, and the lanes that have come to blocks, with parameters. If none has, that was all.</summary>
    void TakeUp(IReadOnlyList<Block> blocks)
    {
        var any = _il.Label();
        var entered = blocks.Where(b => _plan.Pieces.MaskOf(b) is not null).ToList();
        _il.Constant32(0);
        foreach (var block in entered)
        {
            MaskPlace(block);
            _il.Op(OpCodes.Ldind_I4);
            _il.Store(_masks[block]);
            _il.Load(_masks[block]);
            _il.Op(OpCodes.Or);
        }
        _il.Branch(OpCodes.Brtrue, any);
        _il.Op(OpCodes.Ret);
        _il.Mark(any);
        foreach (var block in entered)
        {
            MaskPlace(block);
            _il.Constant32(0);
            _il.Op(OpCodes.Stind_I4);
            foreach (var parameter in block.Parameters)
            {
                EachPart(_plan.Widths.IsNarrow(parameter), () =>
                {
                    Place(PlaceOf(parameter));
                    Vectors.Load();
                    _il.Store(LocalOf(parameter));
                });
            }
        }
        EachPart(AreResultsNarrow, () =>
        {
            Get(LaneMemory.Results);
            _il.Store(_results[_part.Half]);
        });
    }

    /// <summary>Puts a value where methods after this one find it, if one wants it.</summary>
    void HandOn(Node node)
    {
        if (!_plan.Pieces.IsWantedLater(node)) return;
        int place = PlaceOf(node);
        if (Ops.IsTruth(node.Op))
        {
            BitsPlace(place);
            _il.Load(LocalOf(node));
            _il.Op(OpCodes.Stind_I4);
        }
        else
        {
            EachPart(_plan.Widths.IsNarrow(node), () =>
            {
                _il.Load(LocalOf(node));
                Place(place);
                Vectors.Store();
            });
        }
    }

    /// <summary>Pushes a number that was computed before, or a parameter.</summary>
    /// <param name="home">The block whose it is; null if frames compute it by themselves.</param>
    void KeptVector(Node node, Block? home)
    {
        if (IsHere(home))
        {
            _il.Load(LocalOf(node));
            return;
        }
        Place(PlaceOf(node));
        Vectors.Load();
    }

    /// <summary>Likewise bits of a truth value.</summary>
    void KeptBits(Node node)
    {
        if (IsHere(_plan.HomeOf(node)))
        {
            _il.Load(LocalOf(node));
            return;
        }
        BitsPlace(PlaceOf(node));
        _il.Op(OpCodes.Ldind_I4);
    }

    /// <summary>Pushes where bits of all lanes are, which the first half's memory has.</summary>
    void BitsPlace(int place) => In(default, () => Place(place));

    /// <summary>Takes what is on the stack for a parameter.</summary>
    void SetParameter(Block of, Node parameter)
    {
        if (IsHere(of))
        {
            _il.Store(LocalOf(parameter));
            return;
        }
        Place(PlaceOf(parameter));
        Vectors.Store();
    }

    /// <summary>More lanes have come to a block.</summary>
    void Arrive(Block at, LocalBuilder lanes)
    {
        bool isHere = IsHere(at);
        if (isHere)
        {
            _il.Load(_masks[at]);
        }
        else
        {
            MaskPlace(at);
            _il.Op(OpCodes.Dup);
            _il.Op(OpCodes.Ldind_I4);
        }
        _il.Load(lanes);
        _il.Op(OpCodes.Or);
        if (isHere) _il.Store(_masks[at]);
        else _il.Op(OpCodes.Stind_I4);
    }

    bool IsHere(Block? block) => block is null || _plan.Pieces.PieceOf(block) == _piece;

    int PlaceOf(Node node) => LaneMemory.Spills + _plan.Spills + _plan.Pieces.WordOf(node);

    /// <summary>Pushes where the lanes are that have come to a block of another method.</summary>
    void MaskPlace(Block block)
    {
        BitsPlace(LaneMemory.Spills + _plan.Spills + _plan.Pieces.Words);
        _il.Constant32(_plan.Pieces.MaskOf(block)!.Value * sizeof(int));
        _il.Op(OpCodes.Add);
    }
}
