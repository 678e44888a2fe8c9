using Chainring.Kernels;

namespace Chainring.Nic;

/// <summary>
/// Attach, replace or detach: the first program and its table, committed together or not at all. A null program detaches; a null table
/// with <see cref="TableGiven"/> takes the table away.
/// </summary>
public readonly record struct InstallRequest
{
    public LoadedProgram? Program { get; init; }

    /// <summary>The request says something about the program.</summary>
    public bool ProgramGiven { get; init; }

    public ChainTable? Table { get; init; }

    /// <summary>The request says something about the table.</summary>
    public bool TableGiven { get; init; }

    /// <summary>The id that must be attached now, 0 for none; null to not care.</summary>
    public uint? ExpectedProgram { get; init; }

    /// <summary>The revision that the installed table must have now, 0 for no table; null to not care.</summary>
    public ulong? ExpectedRevision { get; init; }

    /// <summary>Do not attach if any program is attached (<c>XDP_FLAGS_UPDATE_IF_NOEXIST</c>); says nothing about detaching.</summary>
    public bool OnlyIfNone { get; init; }

    /// <summary>libxdp's rule for the end of the chain instead of the table's own.</summary>
    public LibxdpEnd? End { get; init; }

    public static InstallRequest Attach(LoadedProgram program) => new() { Program = program, ProgramGiven = true };

    public static InstallRequest Attach(LoadedProgram program, ChainTable? table) => Attach(program) with { Table = table, TableGiven = true };

    public static InstallRequest Detach() => new() { ProgramGiven = true, TableGiven = true };
}
