using Spectre.Console;

namespace Chainring.Host.Cli;

/// <summary>Where people read: colours and widths on a terminal, plain text in a pipe.</summary>
static class Terminal
{
    /// <summary>Widest line that a pipe is given; tables would otherwise be cut to 80 columns.</summary>
    const int PipeWidth = 160;

    public static IAnsiConsole Out { get; } = Create(Console.Out, Console.IsOutputRedirected);

    public static IAnsiConsole Error { get; } = Create(Console.Error, Console.IsErrorRedirected);

    static IAnsiConsole Create(TextWriter writer, bool redirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = redirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = redirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (redirected) console.Profile.Width = PipeWidth;
        return console;
    }
}
