using Chainring.Offload;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Control;

/// <summary>Sets of return codes as people write them: <c>pass,drop</c> or, as xdp-loader has it, <c>XDP_PASS,XDP_DROP</c>.</summary>
public static class ActionWords
{
    const string Prefix = "XDP_";

    public static IEnumerable<string> All => Enum.GetValues<XdpAction>().Select(Names.Of);

    /// <summary>The set of the words, each of which may be several with commas between them: bit n for code n.</summary>
    public static Result<uint> Parse(IEnumerable<string> words)
    {
        uint set = 0;
        foreach (string word in words.SelectMany(w => w.Split(',')))
        {
            string name = word.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? word[Prefix.Length..] : word;
            int code = All.ToList().FindIndex(a => a.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (code < 0) return ControlError.BadAction(word);
            set |= 1u << code;
        }
        return set;
    }

    /// <summary>The codes of a set.</summary>
    public static IEnumerable<XdpAction> Of(uint set) => Enum.GetValues<XdpAction>().Where(a => (set >> (int)a & 1) != 0);
}
