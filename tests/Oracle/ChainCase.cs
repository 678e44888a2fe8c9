using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;

namespace Chainring.Tests.Oracle;

/// <summary>A chain file over the objects of one folder, on one backend.</summary>
sealed record ChainCase(IKernelTarget Target, string File, string Objects)
{
    public string Name => Path.GetFileNameWithoutExtension(File);

    /// <summary>Which compiler and instruction set version, or <c>examples</c>, or <c>objects</c> for the main ones.</summary>
    public string Folder => Path.GetFileName(Objects);

    /// <summary>The same sources as the main objects, compiled otherwise.</summary>
    public bool IsVariant => Path.GetDirectoryName(File) != Objects;

    public bool IsExample => Folder == "examples";

    /// <summary>Ask a device for hints: only a live frame of an interface has any (see <see cref="KfuncTests"/>).</summary>
    public static readonly string[] NeedDevice = ["rx-hints"];

    /// <summary>Every chain that BPF_PROG_TEST_RUN can run. A chain is left out where a variant lacks an object.</summary>
    public static IEnumerable<ChainCase> All =>
        from target in Targets.All
        from folder in Folders
        from file in Directory.EnumerateFiles(folder.Chains, "*.yaml").Order(StringComparer.Ordinal)
        let chain = new ChainCase(target, file, folder.Objects)
        where !NeedDevice.Contains(chain.Name)
        where !chain.IsVariant || chain.Parse().Problem is not { Id: "L10" }
        select chain;

    /// <summary>The main objects, and a sample of what other compilers make of the same sources, on the reference; <c>scripts/oracle-campaign</c> has the others.</summary>
    public static IEnumerable<ChainCase> Sample =>
        [.. All.Where(c => !c.IsVariant), .. TestData.Sample(All.Where(c => c.IsVariant && c.Target == Targets.Reference))];

    /// <summary>Where chain files are, and where their objects are taken from.</summary>
    static IEnumerable<(string Chains, string Objects)> Folders
    {
        get
        {
            yield return (TestData.FromRoot("examples"), TestData.FromRoot("examples"));
            string objects = TestData.Path("objects");
            yield return (objects, objects);
            foreach (string variant in Directory.EnumerateDirectories(objects).Order(StringComparer.Ordinal)) yield return (objects, variant);
        }
    }

    public ChainSpec Load() => Parse().Value;

    /// <summary>The card around the chain, in the folder <c>cards</c> beside it; null if it needs none.</summary>
    public CardSpec? Card() => Path.Combine(Path.GetDirectoryName(File)!, "cards", Path.GetFileName(File)) is var card && System.IO.File.Exists(card)
        ? CardFile.Load(card).Value
        : null;

    public override string ToString() => $"{Target.Name}, {Folder}, {Name}";

    Chainring.Offload.Result<ChainSpec> Parse() => ChainFile.Parse(System.IO.File.ReadAllText(File), File, Objects);
}
