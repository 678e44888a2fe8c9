using Chainring.Host.Driver.Emulated;
using Chainring.Kernels;
using Chainring.Offload.Spec;

namespace Chainring.Host;

/// <summary>
/// Several programs in one slot of a port, in libxdp's words: by priority, each with the codes after which the next one runs (<see cref="XdpProgram.RunPriority"/>,
/// <see cref="XdpProgram.SetChainCallEnabled"/>, or the object's <c>.xdp_run_config</c>). Also in HW mode, where libxdp takes one program only.
/// </summary>
/// <remarks>
/// Where libxdp builds a dispatcher, this builds a chain table; a change puts a whole new one in the place of the old one, or nothing. What is attached stays so when
/// this is disposed.
/// </remarks>
public sealed class XdpMultiprog : IDisposable
{
    readonly NicPort _port;
    List<XdpProgram> _programs = [];
    XdpChain? _table;

    XdpMultiprog(NicPort port, XdpMode mode) => (_port, Mode) = (port, mode);

    public XdpMode Mode { get; }

    /// <summary>
    /// The verdict is what the last program returns. Otherwise, as in libxdp, its codes in its own chain-call actions become PASS, unless it is alone. It counts from
    /// the next change on.
    /// </summary>
    public bool KeepsLastVerdict { get; set; }

    /// <summary>Nothing is attached yet.</summary>
    /// <param name="mode">The slot: HW for programs that were loaded for the card, DRV or SKB for those of the host.</param>
    public static XdpMultiprog For(NicPort port, XdpMode mode = XdpMode.Hw) => new(port, mode);

    /// <summary>What is attached, in the order in which it runs (<c>xdp_multiprog__next_prog</c>); the port is asked whether that is still so.</summary>
    /// <exception cref="XdpException">EBUSY: somebody else has changed it.</exception>
    public IReadOnlyList<XdpProgram> Programs
    {
        get
        {
            CheckOwn();
            return _programs;
        }
    }

    /// <summary><c>xdp_program__attach_multi</c>: puts programs among those that are there.</summary>
    /// <exception cref="XdpException">
    /// EINVAL: none is named; EEXIST: one is attached already; EBUSY: somebody else has put a program there; or what the card, or Linux, refuses. Nothing has changed.
    /// </exception>
    public void Attach(params IReadOnlyList<XdpProgram> programs)
    {
        if (programs.Count == 0) throw new XdpException(Errno.Invalid, "no program to attach");
        if (programs.Distinct().Count() != programs.Count || programs.Any(p => p.AttachedBy is not null)) throw new XdpException(Errno.Exists, "a program cannot be attached twice");
        Change([.. _programs, .. programs]);
    }

    /// <summary><c>xdp_program__detach_multi</c>: takes programs out; the others go on.</summary>
    /// <exception cref="XdpException">EINVAL: none is named; ENOENT: one is not there; EBUSY: somebody else has put a program there. Nothing has changed.</exception>
    public void Detach(params IReadOnlyList<XdpProgram> programs)
    {
        if (programs.Count == 0) throw new XdpException(Errno.Invalid, "no program to detach");
        if (programs.FirstOrDefault(p => p.AttachedBy != this) is { } absent) throw new XdpException(Errno.NoEntry, $"program {absent.Name} is not attached here");
        Change([.. _programs.Where(p => !programs.Contains(p))]);
    }

    /// <summary><c>xdp_multiprog__detach</c>: takes everything out, also if nothing is there.</summary>
    public void DetachAll() => Change([]);

    public void Dispose() => _table?.Dispose();

    /// <summary>First program and table in the slot are those that this has put there.</summary>
    void CheckOwn()
    {
        var query = _port.Query();
        uint attached = Mode switch { XdpMode.Hw => query.HwProgramId, XdpMode.Drv => query.DrvProgramId, _ => query.SkbProgramId };
        if (attached != (_programs.Count == 0 ? 0 : _programs[0].Id))
            throw new XdpException(Errno.Busy, attached == 0 ? "the programs were detached by somebody else" : $"program {attached} was put there by somebody else; detach it first");
        if (_table is not null && !query.ChainTables.Contains(_table.Id)) throw new XdpException(Errno.Busy, "the chain table was changed by somebody else; detach it first");
    }

    void Change(IEnumerable<XdpProgram> programs)
    {
        CheckOwn();
        var sorted = LibxdpOrder.Sort(programs, p => p.RunConfig, p => p.Spec);
        var table = sorted.Count < 2 ? null : Mode == XdpMode.Hw ? XdpChain.For(_port, sorted.Count - 1) : XdpChain.OnHost(_port.Nic, sorted.Count - 1);
        try
        {
            foreach (var (program, next) in sorted.Zip(sorted.Skip(1)))
            {
                foreach (var on in Enum.GetValues<XdpAction>().Where(program.IsChainCallEnabled)) table!.Set(program, on, next);
            }
            _port.Install(Mode, sorted.FirstOrDefault(), _programs.FirstOrDefault(), table, table is null || KeepsLastVerdict ? null : (sorted[^1].Fd, sorted[^1].RunConfig.Actions));
        }
        catch
        {
            table?.Dispose();
            throw;
        }
        _table?.Dispose();
        foreach (var before in _programs) before.AttachedBy = null;
        foreach (var now in sorted) now.AttachedBy = this;
        (_programs, _table) = (sorted, table);
    }
}
