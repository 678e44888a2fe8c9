namespace Chainring.Tests.Support;

/// <summary>Counts by name: all of them, and those of a block of inputs for the log of a campaign.</summary>
sealed class Tally(params string[] names)
{
    readonly int[] _all = new int[names.Length], _ended = new int[names.Length];

    public int this[string name] => _all[Array.IndexOf(names, name)];

    public void Add(string name) => _all[Array.IndexOf(names, name)]++;

    /// <summary>What was counted since the block before: <c>NAME=COUNT</c>, separated by tabs.</summary>
    public string EndBlock()
    {
        string text = string.Join('\t', names.Select((name, n) => $"{name}={_all[n] - _ended[n]}"));
        _all.CopyTo(_ended, 0);
        return text;
    }

    public override string ToString() => string.Join(", ", names.Select((name, n) => $"{name} {_all[n]:N0}"));
}
