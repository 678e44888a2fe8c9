using Chainring.Kernels.Helpers;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Helpers;

/// <summary>SipHash-2-4 of the bytes 0, 1, 2, … under the key 0, 1, … 15: test vectors of its authors (the one of 15 bytes is in their paper, appendix A).</summary>
public sealed class SipHashTests
{
    [TestCase(0, 0x726fdb47dd0e0e31UL), TestCase(1, 0x74f839c593dc67fdUL), TestCase(7, 0xab0200f58b01d137UL), TestCase(8, 0x93f5f5799a932462UL),
     TestCase(15, 0xa129ca6149be45e5UL), TestCase(16, 0x3f2acc7f57c29bdbUL)]
    public void Vectors_of_its_authors(int length, ulong hash)
    {
        byte[] bytes = [.. Enumerable.Range(0, length).Select(n => (byte)n)];
        Assert.That(new SipHash(0x0706050403020100, 0x0f0e0d0c0b0a0908).Of(bytes), Is.EqualTo(hash));
    }
}
