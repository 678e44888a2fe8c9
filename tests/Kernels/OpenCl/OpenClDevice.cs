using Chainring.Kernels.OpenCl;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.OpenCl;

/// <summary>The device that tests of the backend run on.</summary>
static class OpenClDevice
{
    /// <summary>Skips a test where there is no device; with CI=true that is a failure.</summary>
    public static void Need()
    {
        if (Devices.Missing is not { } missing) return;
        if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(missing);
        Assert.Ignore(missing);
    }
}
