using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Emulated;

/// <summary>A network namespace, by what <c>stat</c> says of its file under /proc.</summary>
public sealed class NetNamespace
{
    internal NetNamespace(int number) => Inode = 4_026_531_840 + (ulong)number;

    public ulong Device { get; } = 4;

    public ulong Inode { get; }
}

/// <summary>A network interface of the emulated host: a port of a card, or one that the host has without.</summary>
public sealed class NetDevice
{
    readonly XdpSlot[] _slots = [new(), new(), new()];
    PacketBatch? _batch;

    internal NetDevice(EmulatedHost host, DeviceDriver driver, OffloadDevice? card, int portIndex)
    {
        (Host, Driver, Card, PortIndex) = (host, driver, card, portIndex);
        OnHost = host.NewEngine();
        OnCard = card?.NewEngine();
    }

    public EmulatedHost Host { get; }

    internal DeviceDriver Driver { get; }

    /// <summary>The card whose port it is; null if it is none's, or the card has gone.</summary>
    public OffloadDevice? Card { get; internal set; }

    /// <summary>Which port of the card, from 0 on.</summary>
    public int PortIndex { get; }

    public string Name { get; internal set; } = "";

    public int Ifindex { get; internal set; }

    public NetNamespace Namespace { get; internal set; } = null!;

    public bool IsUp { get; set; }

    public int Mtu { get; internal set; } = 1500;

    public byte[] Address { get; internal init; } = new byte[6];

    /// <summary>It has been taken away.</summary>
    public bool IsGone { get; internal set; }

    /// <summary>What a port of a card refuses; it has no effect on others.</summary>
    public PortSwitches Switches { get; } = new();

    public XdpSlot Slot(XdpMode mode) => _slots[(int)mode];

    /// <summary>What runs its SKB or DRV program.</summary>
    internal SmartNic OnHost { get; }

    /// <summary>What runs its HW program; null if it has no card.</summary>
    internal SmartNic? OnCard { get; }

    /// <summary>Null for a card that is not there.</summary>
    internal SmartNic? EngineOf(XdpMode mode) => mode == XdpMode.Hw ? OnCard : OnHost;

    /// <summary>Slots that hold a program.</summary>
    internal int Programs => _slots.Count(s => s.Program is not null);

    /// <summary>Where a program goes for which no mode is named.</summary>
    internal XdpMode ModeOf(XdpFlags flags) =>
        flags.HasFlag(XdpFlags.HwMode) ? XdpMode.Hw
        : flags.HasFlag(XdpFlags.DrvMode) ? XdpMode.Drv
        : flags.HasFlag(XdpFlags.SkbMode) ? XdpMode.Skb
        : Driver.HasXdp ? XdpMode.Drv : XdpMode.Skb;

    /// <summary>
    /// A frame comes in: the card's program has it first; what that lets pass, or if there is none, that of the host. Without any it passes.
    /// </summary>
    /// <param name="frame">14 bytes at least.</param>
    public FrameOutcome Receive(ReadOnlySpan<byte> frame)
    {
        lock (Host.Rtnl)
        {
            byte[] bytes = frame.ToArray();
            var verdict = new Verdict(XdpAction.Pass);
            XdpMode? decided = null;
            foreach (var mode in (ReadOnlySpan<XdpMode>)[XdpMode.Hw, XdpMode.Drv, XdpMode.Skb])
            {
                if (Slot(mode).Program is null) continue;
                (verdict, bytes) = Run(EngineOf(mode)!, bytes);
                decided = mode;
                if (verdict.Action != XdpAction.Pass) break;
            }
            return new(verdict.Action, decided, bytes);
        }
    }

    (Verdict, byte[]) Run(SmartNic engine, ReadOnlySpan<byte> bytes)
    {
        _batch ??= new(capacity: 1);
        _batch.Clear();
        ref var frame = ref _batch.Add(bytes);
        frame.IngressIfindex = (uint)Ifindex;
        engine.RunAlone(_batch);
        return (_batch.Verdicts[0], _batch.Bytes(0).ToArray());
    }
}

/// <summary>What became of a frame.</summary>
/// <param name="By">Whose program decided it; null if there was none.</param>
/// <param name="Bytes">The frame as it was then.</param>
public sealed record FrameOutcome(XdpAction Action, XdpMode? By, byte[] Bytes);
