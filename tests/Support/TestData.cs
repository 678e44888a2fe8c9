namespace Chainring.Tests.Support;

/// <summary>Where the files that tests read lie: found from the test assembly upward, so that tests run from any folder.</summary>
public static class TestData
{
    public static string Root { get; } = FindRoot();

    /// <summary>A path below <c>tests/data</c>.</summary>
    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, "tests", "data", .. parts]);

    /// <summary>A path below the top folder of the tree.</summary>
    public static string FromRoot(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    /// <summary>One in five of many alike: all of them where a campaign asks for it (<c>CHAINRING_ALL_VARIANTS</c>).</summary>
    public static IEnumerable<T> Sample<T>(IEnumerable<T> all) =>
        Environment.GetEnvironmentVariable("CHAINRING_ALL_VARIANTS") is { Length: > 0 } ? all : all.Where((_, n) => n % 5 == 0);

    static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Chainring.slnx"))) return folder.FullName;
        }
        throw new DirectoryNotFoundException("the tests must run inside the source tree");
    }
}
