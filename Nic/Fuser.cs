using Chainring.Kernels;

namespace Chainring.Nic;

/// <summary>
/// Fuses the newest chain in the background and puts the result in the place of the kernels that serve meanwhile, if they still do. There is a
/// thread only as long as there is something to fuse, and it keeps nobody from ending.
/// </summary>
/// <param name="fuse">The kernels of a chain on a backend, one per CPU.</param>
sealed class Fuser(Snapshots snapshots, Func<Chain, IKernelTarget, IKernel[]> fuse)
{
    readonly Lock _lock = new();
    (IKernel[] Kernels, IKernelTarget? Target) _asked = ([], null);
    bool _works;
    Task _work = Task.CompletedTask;

    /// <summary>What these kernels serve is to be fused, instead of what was asked for before and is not begun; none: nothing is.</summary>
    /// <param name="target">What fuses it.</param>
    public void Ask(IKernel[] kernels, IKernelTarget target)
    {
        lock (_lock)
        {
            _asked = (kernels, target);
            if (kernels.Length == 0 || _works) return;
            _works = true;
            _work = Task.Run(Work);
        }
    }

    /// <summary>Waits until nothing is left to fuse.</summary>
    public void Wait()
    {
        Task work;
        lock (_lock) work = _work;
        Task.WaitAny(work);
        ThrowBug();
    }

    /// <summary>What has failed in the background is not forgotten.</summary>
    public void ThrowBug()
    {
        if (_work.Exception is { InnerException: { } bug }) throw new InvalidOperationException($"a chain could not be fused: {bug.Message}", bug);
    }

    void Work()
    {
        while (Next() is (var kernels, { } target)) snapshots.Replace(kernels, by: fuse(kernels[0].Chain, target));
    }

    (IKernel[] Kernels, IKernelTarget? Target)? Next()
    {
        lock (_lock)
        {
            var asked = _asked;
            _asked = ([], null);
            _works = asked.Kernels.Length > 0;
            return _works ? asked : null;
        }
    }
}
