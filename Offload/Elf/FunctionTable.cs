using Chainring.Offload.Isa;

namespace Chainring.Offload.Elf;

/// <param name="Index">Its place in the <see cref="FunctionTable"/>.</param>
/// <param name="Start">In bytes, within its section.</param>
/// <param name="IsHidden">Not to be seen from outside the object (<c>__hidden</c>).</param>
readonly record struct ElfFunction(int Index, string Name, int Section, int Start, int Size, bool IsHidden);

/// <summary>The functions of an object, by section and place. They do not overlap, though one may have several names.</summary>
sealed class FunctionTable
{
    const string SubprogramSection = ".text";

    readonly List<ElfFunction> _all;
    readonly Dictionary<(int Section, int Start), ElfFunction> _byPlace = [];
    readonly int _subprogramSection;

    FunctionTable(List<ElfFunction> all, int textSection)
    {
        _all = all;
        foreach (var function in all) _byPlace.TryAdd((function.Section, function.Start), function);
        _subprogramSection = all.Exists(f => f.Section != textSection) ? textSection : -1;
    }

    /// <summary>
    /// Functions outside of <c>.text</c>, where subprograms are; all functions of an object that has code only there.
    /// </summary>
    public IEnumerable<ElfFunction> Programs => _all.Where(f => f.Section != _subprogramSection);

    public IEnumerable<ElfFunction> Hidden => _all.Where(f => f.IsHidden);

    /// <summary>The function that starts at that byte of a section; null if none does.</summary>
    public ElfFunction? StartingAt(int section, long start) =>
        start is >= 0 and <= int.MaxValue && _byPlace.TryGetValue((section, (int)start), out var function) ? function : null;

    public static Result<FunctionTable> Read(ElfImage image)
    {
        var functions = new List<ElfFunction>();
        foreach (ref readonly var symbol in image.Symbols)
        {
            if (symbol.Type != ElfSymbolType.Function || !symbol.InSection) continue;
            if (image.Sections[symbol.Section] is not { IsCode: true } section) continue;
            if (!image.NameOf(symbol).Try(out var name, out var problem)) return problem;
            bool wholeSlots = symbol.Value % Encoding.SlotBytes == 0 && symbol.Size % Encoding.SlotBytes == 0;
            if (!wholeSlots || symbol.Size > (ulong)(section.Size - symbol.Value))
                return LoadError.OutsideCode(image.Name, name, section.Name);
            functions.Add(new(0, name, symbol.Section, symbol.Value, (int)symbol.Size, symbol.IsHidden));
        }

        var all = functions.OrderBy(f => f.Section).ThenBy(f => f.Start).Select((f, i) => f with { Index = i }).ToList();
        for (int i = 1; i < all.Count; i++)
        {
            var (a, b) = (all[i - 1], all[i]);
            bool sameFunction = a.Start == b.Start && a.Size == b.Size;
            if (a.Section == b.Section && !sameFunction && b.Start < a.Start + a.Size)
                return LoadError.OverlappingFunctions(image.Name, a.Name, b.Name);
        }
        return new FunctionTable(all, image.Find(SubprogramSection)?.Index ?? -1);
    }
}
