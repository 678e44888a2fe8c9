using Chainring.Offload;
using Chainring.Offload.Elf;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver;

/// <summary>Loads each object file once, so that programs of one file share its maps.</summary>
public sealed class ObjectCache(LoadOptions? options = null)
{
    readonly Dictionary<string, Result<ObjectSpec>> _byPath = [];

    public Result<ObjectSpec> Load(string path)
    {
        string full = Path.GetFullPath(path);
        if (!_byPath.TryGetValue(full, out var loaded)) _byPath[full] = loaded = ObjectLoader.LoadFile(path, options);
        return loaded;
    }
}
