namespace Chainring.Host.Driver.Emulated;

/// <summary>
/// Something that descriptors, pins and other objects hold: a program, a map, a link or types. It goes with its last holder, at once; Linux takes a
/// little longer.
/// </summary>
public abstract class BpfObject
{
    int _users;

    /// <summary>How many hold it. Its maker does, from the start.</summary>
    public int References { get; private set; } = 1;

    internal void Retain() => References++;

    internal void Release()
    {
        if (--References == 0) Destroy();
    }

    /// <summary>A descriptor or a pin is among those that hold it.</summary>
    internal void RetainForUser() => _users++;

    /// <summary>One of those gives it up.</summary>
    internal void ReleaseByUser()
    {
        if (--_users == 0) LoseUsers();
        Release();
    }

    /// <summary>No process can reach it any more, whatever else holds it.</summary>
    private protected virtual void LoseUsers()
    {
    }

    private protected abstract void Destroy();
}

/// <summary>Types (BTF), kept as they were given: the card needs none.</summary>
public sealed class BpfTypes : BpfObject
{
    readonly EmulatedHost _host;

    internal BpfTypes(EmulatedHost host, byte[] bytes, Offload.Elf.ProgramTypes types)
    {
        (_host, Bytes, Types) = (host, bytes, types);
        Id = host.TypesIds.Take();
        host.TypesById.Add(Id, this);
    }

    public uint Id { get; }

    public byte[] Bytes { get; }

    /// <summary>What they say.</summary>
    internal Offload.Elf.ProgramTypes Types { get; }

    private protected override void Destroy() => _host.TypesById.Remove(Id);
}
