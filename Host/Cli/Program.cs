using System.CommandLine;
using Chainring.Host.Cli;

var root = new RootCommand("Chainring: a SmartNIC you can run anywhere. Unmodified XDP programs, chained by a device-resident table, over the frames of a capture.")
{
    DemoCommand.Create(),
    InspectCommand.Create(),
    DisasmCommand.Create(),
    RunCommand.Create(),
};
var line = root.Parse(args);
int code = line.Invoke();
return line.Errors.Count > 0 ? ExitCode.BadInput : code;
