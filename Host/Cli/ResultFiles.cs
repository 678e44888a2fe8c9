using System.CommandLine;
using Chainring.Host.Driver;

namespace Chainring.Host.Cli;

/// <summary>The results that a command was asked for as files: opened before it begins, so that what cannot be written is said at once, written at its end.</summary>
sealed class ResultFiles
{
    readonly Stream? _maps, _json, _stats;
    readonly string? _jsonPath, _statsPath;

    /// <param name="create">Opens a file for writing.</param>
    public ResultFiles(ChainOptions options, ParseResult line, Func<string, Stream> create)
    {
        (_jsonPath, _statsPath) = (line.GetValue(options.Json), line.GetValue(options.Stats));
        _maps = line.GetValue(options.Maps) is { } maps ? create(maps) : null;
        _json = _jsonPath is null or ChainOptions.StandardOutput ? null : create(_jsonPath);
        _stats = _statsPath is null or ChainOptions.StandardOutput ? null : create(_statsPath);
    }

    /// <summary>One of the results goes to standard output, which then has nothing else.</summary>
    public bool UsesStandardOutput => _jsonPath == ChainOptions.StandardOutput || _statsPath == ChainOptions.StandardOutput;

    /// <summary>Writes the files.</summary>
    public void Write(RunReport report, MapDump maps)
    {
        if (_maps is not null) JsonText.Write(_maps, maps);
        if (_json is not null) JsonText.Write(_json, report);
        if (_stats is null) return;
        using var text = new StreamWriter(_stats, leaveOpen: true);
        StatisticsText.Write(text, report);
    }

    /// <summary>What was asked for on standard output, else the summary.</summary>
    public void Show(RunReport report)
    {
        if (_jsonPath == ChainOptions.StandardOutput) Console.Out.Write(JsonText.Of(report));
        else if (_statsPath == ChainOptions.StandardOutput) StatisticsText.Write(Console.Out, report);
        else Summary.Write(Console.Out, Terminal.Width, report);
    }
}
