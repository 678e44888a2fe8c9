using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Chainring.Host.Driver;

/// <summary>Ends text that nests deeper than a chain file has reason to, before YamlDotNet follows it down to the end of the stack.</summary>
sealed class ShallowParser(IParser parser) : IParser
{
    const int MaxDepth = 64;

    int _depth;

    public ParsingEvent? Current => parser.Current;

    public bool MoveNext()
    {
        if (!parser.MoveNext()) return false;
        _depth += parser.Current!.NestingIncrease;
        if (_depth > MaxDepth) throw new YamlException(parser.Current.Start, parser.Current.End, $"nested deeper than {MaxDepth} levels");
        return true;
    }
}
