using System.Buffers.Binary;

namespace Chainring.Kernels.Maps;

/// <summary>
/// The value of a devmap or cpumap as the host gives it. A program is named by a descriptor, of which 0 and all below mean none; the map
/// shows the program's id there, 0 for none.
/// </summary>
/// <remarks><code>
/// 0                          4                    8
/// │ interface or queue size  │ program (optional) │
/// </code></remarks>
readonly ref struct RedirectValue(ReadOnlySpan<byte> value)
{
    readonly ReadOnlySpan<byte> _value = value;

    public uint Word => BinaryPrimitives.ReadUInt32LittleEndian(_value);

    public bool HasProgram => _value.Length == 8 && BinaryPrimitives.ReadInt32LittleEndian(_value[4..]) > 0;
}
