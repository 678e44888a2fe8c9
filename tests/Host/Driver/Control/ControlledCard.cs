using System.Runtime.Versioning;
using System.Text.Json;
using Chainring.Host.Driver;
using Chainring.Host.Driver.Control;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Nic.Wire;
using Chainring.Offload;
using Chainring.Offload.Elf;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;

namespace Chainring.Tests.Host.Driver.Control;

/// <summary>A card in operation that listens at a socket in a folder of its own.</summary>
[SupportedOSPlatform("linux")]
sealed class ControlledCard : IDisposable
{
    public const string Traffic = "ports: { eth0: { queues: 2, pause: true, wire: { generate: { flows: 100, kinds: [udp4, tcp6], rate: 20 } } } }";
    public const string Silence = "ports: { eth0: { wire: null }, eth1: { queues: 2, wire: null } }";

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("chainring-control-");
    readonly PluggedCard _plugged;
    readonly ControlSocket _socket;

    public ControlledCard(string card, ChainSpec chain)
    {
        var spec = CardFile.Parse(card, "card.yaml", "/").Value;
        var nic = new SmartNic(new CardOptions { Target = Targets.Reference, Capabilities = new() { Queues = spec.Queues } });
        var opener = new WireOpener(Live: true, (_, _) => throw new InvalidOperationException(), _ => throw new InvalidOperationException());
        var installed = InstalledChain.Install(nic, chain).Value;
        _plugged = PluggedCard.Plug(nic, spec, opener).Value;
        Session = LiveSession.Start(_plugged, installed, new RunSettings { Queues = spec.Queues });
        Commands = new ControlCommands(Session, new LoadOptions(), (put, revision) => Session.Reload(put, null, revision));
        _socket = ControlSocket.Listen(Path).Value;
        _socket.Serve(Commands);
    }

    public string Path => System.IO.Path.Combine(_folder.FullName, "s");

    public string Folder => _folder.FullName;

    public LiveSession Session { get; }

    public ControlCommands Commands { get; }

    /// <summary>A chain of the examples.</summary>
    public static ChainSpec Chain(string text) => ChainFile.Parse(text, "chain.yaml", TestData.FromRoot("examples")).Value;

    public Result<JsonElement> Ask(ControlRequest request) => ControlClient.Ask(Path, request);

    public static ControlRequest Request(string command) => new(ControlProtocol.Version, command);

    public void Dispose()
    {
        _socket.Dispose();
        Session.Dispose();
        _plugged.Dispose();
        _folder.Delete(recursive: true);
    }
}
