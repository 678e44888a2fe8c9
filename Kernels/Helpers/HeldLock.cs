using Chainring.Kernels.Maps;

namespace Chainring.Kernels.Helpers;

/// <summary>The lock that a program holds: one at a time, as the kernel's verifier has it. Who runs the program gives it back whatever becomes of it.</summary>
public struct HeldLock
{
    Map? _map;
    int _offset;

    public readonly bool IsHeld => _map is not null;

    /// <summary>Waits for the lock of a value; none is held yet.</summary>
    public long Take(Map map, int offset)
    {
        map.Lock(offset);
        (_map, _offset) = (map, offset);
        return 0;
    }

    public readonly bool Is(Map map, int offset) => _map == map && _offset == offset;

    public long GiveBack()
    {
        _map?.Unlock(_offset);
        _map = null;
        return 0;
    }
}
