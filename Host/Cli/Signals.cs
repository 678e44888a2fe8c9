using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Chainring.Host.Cli;

/// <summary>What a person tells a running card.</summary>
enum UserCommand { None, Reload, Stop }

/// <summary>Signals and keys as commands. A second stop ends the process at once, as without it.</summary>
sealed class Signals : IDisposable
{
    readonly ConcurrentQueue<UserCommand> _commands = [];
    readonly AutoResetEvent _any = new(false);
    readonly PosixSignalRegistration[] _registrations;
    int _stops;

    /// <param name="hangupStops">SIGHUP says that the terminal is gone; otherwise, as to a daemon, that files are to be read again.</param>
    public Signals(bool hangupStops) => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop),
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            Put(hangupStops ? UserCommand.Stop : UserCommand.Reload);
        }),
    ];

    /// <summary>The next command, if there is one within that time.</summary>
    public UserCommand Next(TimeSpan atMost)
    {
        if (_commands.TryDequeue(out var command)) return command;
        if (Key() is not UserCommand.None and var pressed) return pressed;
        _any.WaitOne(atMost);
        return _commands.TryDequeue(out command) ? command : UserCommand.None;
    }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _any.Dispose();
    }

    static UserCommand Key()
    {
        if (Console.IsInputRedirected || !Console.KeyAvailable) return UserCommand.None;
        return Console.ReadKey(intercept: true).KeyChar switch
        {
            'q' => UserCommand.Stop,
            'r' => UserCommand.Reload,
            _ => UserCommand.None,
        };
    }

    void Stop(PosixSignalContext context)
    {
        context.Cancel = ++_stops == 1;
        Put(UserCommand.Stop);
    }

    void Put(UserCommand command)
    {
        _commands.Enqueue(command);
        _any.Set();
    }
}
