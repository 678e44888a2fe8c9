namespace Chainring.Nic.Wire.Wrappers;

/// <summary>Text in the making, in memory that is someone else's. What has no room is left out. Allocates nothing.</summary>
ref struct TextLine(Span<char> room)
{
    readonly Span<char> _room = room;
    int _length;

    public readonly ReadOnlySpan<char> Text => _room[.._length];

    public void Add(ReadOnlySpan<char> text)
    {
        if (text.TryCopyTo(_room[_length..])) _length += text.Length;
    }

    public void Add<T>(T value, ReadOnlySpan<char> format = default) where T : ISpanFormattable
    {
        if (value.TryFormat(_room[_length..], out int written, format, null)) _length += written;
    }
}
