using System.Buffers.Binary;
using System.Text;

namespace Chainring.Tests.Host.Cli;

/// <summary>What a little-endian pcapng file of one interface says about its frames, as plainly as can be.</summary>
public sealed class RawPcapng
{
    /// <summary>For each frame: the interface's name and the comment, with the queue and the XDP code.</summary>
    public List<string> Notes { get; } = [];

    public RawPcapng(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        string name = "";
        for (int at = 0; at < file.Length; at += Word(file, at + 4))
        {
            int end = at + Word(file, at + 4) - 4;
            if (Word(file, at) == 1) name = Encoding.UTF8.GetString(Options(file, at + 16, end)[2]);
            if (Word(file, at) != 6) continue;
            var options = Options(file, at + 28 + (Word(file, at + 20) + 3 & ~3), end);
            string comment = options.TryGetValue(1, out byte[]? text) ? Encoding.UTF8.GetString(text) : "";
            Notes.Add($"{name} {comment}, queue {Word(options[6], 0)}, verdict {options[7][1]}");
        }
    }

    static Dictionary<int, byte[]> Options(byte[] file, int at, int end)
    {
        var options = new Dictionary<int, byte[]>();
        while (at < end)
        {
            int code = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at)), length = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at + 2));
            options.Add(code, file[(at + 4)..(at + 4 + length)]);
            at += 4 + (length + 3 & ~3);
        }
        return options;
    }

    static int Word(byte[] bytes, int at) => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
}
