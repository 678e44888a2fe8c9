using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Chainring.Nic.Pcap;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Nic.Pcap;

/// <summary>The files in <c>tests/data/captures</c>, which others wrote, hold what tshark says; and others read what is written here.</summary>
public sealed class ForeignCapturesTests
{
    const string NotEthernet = "mergecap-ethernet-then-raw.pcapng";

    static string Folder => TestData.Path("captures");

    public static IEnumerable<string> Names =>
        Directory.EnumerateFiles(Folder).Where(file => !file.EndsWith(".tsv", StringComparison.Ordinal)).Select(file => Path.GetFileName(file))
            .Where(name => name.Contains(".pcapng", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    public static string PathOf(string name) => Path.Combine(Folder, name);

    [TestCaseSource(nameof(Names))]
    public void The_reader_sees_what_tshark_sees(string name)
    {
        using var reader = CaptureReader.Open(File.OpenRead(PathOf(name)), name).Value;
        var read = Lines(reader);
        string[] expected = [.. File.ReadLines(PathOf(name) + ".expected.tsv").Select(line => line[0] == '\t' ? $"0.000000000{line}" : line)];
        if (name == NotEthernet)
        {
            Assert.That(reader.Problem?.ToString(), Is.EqualTo(
                $"P31 other-interface: {name}: byte 1284: the frame is of interface 1 (tun7), whose link type is 101 (raw IP); only Ethernet (1) can be run"));
            expected = expected[..^1];
        }
        else
        {
            Assert.That(reader.Problem, Is.Null);
        }
        Assert.That(read, Is.EqualTo(expected));
    }

    [Test]
    public void The_table_names_every_capture()
    {
        string table = File.ReadAllText(Path.Combine(Folder, "README.md"));
        Assert.That(Names.Where(name => !table.Contains($"`{name.Replace(".gz", "", StringComparison.Ordinal)}`", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void Tshark_reads_what_was_written([Values] bool bigEndian)
    {
        string file = Path.GetTempFileName();
        try
        {
            using (var writer = new PcapngWriter(File.Create(file), "port1", bigEndian: bigEndian))
            {
                using var reader = CaptureReader.Open(File.OpenRead(Captures.PathOf("truncated-snaplen-96")), "x").Value;
                for (uint n = 0; reader.TryRead(out var record); n++)
                {
                    writer.Write(record.TimestampNs + 1, record.Frame, record.OriginalLength, new() { Queue = n, Verdict = XdpAction.Tx, Comment = "a: comment"u8 });
                    writer.Write(record.TimestampNs + 1, record.Frame, record.OriginalLength);
                }
            }
            string[] told = Tshark("-o", "frame.generate_md5_hash:TRUE", "-r", file, "-T", "fields",
                "-e", "frame.time_epoch", "-e", "frame.cap_len", "-e", "frame.len", "-e", "frame.md5_hash");
            using var again = CaptureReader.Open(File.OpenRead(file), "x").Value;
            Assert.That(told, Is.EqualTo(Lines(again)).And.Not.Empty);

            string[] notes = Tshark("-r", file, "-T", "fields", "-e", "frame.interface_name", "-e", "frame.interface_queue", "-e", "frame.verdict.ebpf_xdp", "-e", "frame.comment");
            Assert.That(notes[..4], Is.EqualTo(new[] { "port1\t0\t3\ta: comment", "port1\t\t\t", "port1\t1\t3\ta: comment", "port1\t\t\t" }));
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Time, captured length, original length, MD5: as tshark prints them.</summary>
    static List<string> Lines(CaptureReader reader)
    {
        var lines = new List<string>();
        while (reader.TryRead(out var record))
        {
            var (seconds, nanoseconds) = Math.DivRem(record.TimestampNs, 1_000_000_000UL);
#pragma warning disable CA5351 // a checksum that tshark has, no secret
            lines.Add(string.Create(CultureInfo.InvariantCulture,
                $"{seconds}.{nanoseconds:d9}\t{record.Frame.Length}\t{record.OriginalLength}\t{Convert.ToHexStringLower(MD5.HashData(record.Frame))}"));
#pragma warning restore CA5351
        }
        return lines;
    }

    /// <summary>The lines that tshark prints; ends the calling test as ignored where it is not installed.</summary>
    static string[] Tshark(params string[] arguments)
    {
        var start = new ProcessStartInfo("tshark", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start)!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.That(process.ExitCode, Is.Zero);
            return output.TrimEnd('\n').Split('\n');
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Ignore("tshark is not installed");
            return [];
        }
    }
}
