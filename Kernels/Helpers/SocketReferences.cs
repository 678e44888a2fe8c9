using Chainring.Kernels.Network;

namespace Chainring.Kernels.Helpers;

/// <summary>The sockets that the running program has looked up and not released, each as often as it was looked up: only these can it reach.</summary>
public sealed class SocketReferences
{
    /// <summary>At once. A program that looks up one more is answered as if there were none.</summary>
    public const int Max = 64;

    readonly InetSocket[] _held = new InetSocket[Max];
    int _count;

    /// <summary>False if there are too many.</summary>
    public bool TryHold(InetSocket socket)
    {
        if (_count == Max) return false;
        _held[_count++] = socket;
        return true;
    }

    /// <summary>Null if none with that id is held.</summary>
    public InetSocket? Find(uint id) => PlaceOf(id) is >= 0 and var place ? _held[place] : null;

    /// <summary>The one whose fields are there; null if none is held.</summary>
    internal InetSocket? At(ulong address)
    {
        for (int n = 0; n < _count; n++)
        {
            if ((ulong)_held[n].FieldsAddress == address) return _held[n];
        }
        return null;
    }

    /// <summary>Releases a socket once; null if none with that id is held.</summary>
    public InetSocket? Take(uint id)
    {
        if (PlaceOf(id) is not (>= 0 and var place)) return null;
        var socket = _held[place];
        _held[place] = _held[--_count];
        return socket;
    }

    /// <summary>Releases what a program has left behind; true if there was anything.</summary>
    public bool ReleaseAll()
    {
        bool any = _count > 0;
        _count = 0;
        return any;
    }

    int PlaceOf(uint id)
    {
        for (int n = 0; n < _count; n++)
        {
            if (_held[n].Id == id) return n;
        }
        return -1;
    }
}
