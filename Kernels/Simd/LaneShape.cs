using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Chainring.Kernels.Simd;

/// <summary>A vector: how many numbers of 32 bits it has, a lane for each, and what computes with them. Of numbers of 64 bits half as many are in one, and lanes take two.</summary>
sealed class LaneShape
{
    /// <summary>Vectors of numbers of 64 bits, one for each lane.</summary>
    public const int Halves = 2;

    readonly Type _vector, _methods;

    LaneShape(int half, Type vector, Type methods)
    {
        (Half, _vector, _methods) = (half, vector, methods);
        Masks = MakeMasks(half);
    }

    /// <summary>Those of 128, 256 and 512 bits, whether they are there in hardware or not.</summary>
    public static IReadOnlyList<LaneShape> Known { get; } =
        [new(2, typeof(Vector128<>), typeof(Vector128)), new(4, typeof(Vector256<>), typeof(Vector256)), new(8, typeof(Vector512<>), typeof(Vector512))];

    /// <summary>The widest that is there in hardware; that of 128 bits where none is.</summary>
    public static LaneShape Here { get; } = Known[Vector512.IsHardwareAccelerated ? 2 : Vector256.IsHardwareAccelerated ? 1 : 0];

    /// <summary>Whether it is there in hardware.</summary>
    public static bool IsAccelerated => Vector128.IsHardwareAccelerated;

    /// <summary>Frames that are computed at once: a group.</summary>
    public int Lanes => Halves * Half;

    /// <summary>Numbers of 64 bits of a vector.</summary>
    public int Half { get; }

    /// <summary>Of the vector.</summary>
    public int Bytes => Half * sizeof(ulong);

    /// <summary>A bit for each lane.</summary>
    public int All => (1 << Lanes) - 1;

    /// <summary>By bits of lanes of one half: where a vector of numbers of 64 bits lies that has ones in those lanes.</summary>
    public nint Masks { get; }

    /// <summary>Vector of such numbers.</summary>
    public Type Of<T>() => _vector.MakeGenericType(typeof(T));

    /// <summary>The method that takes those arguments.</summary>
    public MethodInfo Method(string name, params Type[] arguments)
    {
        foreach (var method in _methods.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
        {
            if (method.Name != name || method.GetParameters().Length != arguments.Length) continue;
            Type[] elements = method.IsGenericMethodDefinition ? [typeof(ulong), typeof(long), typeof(uint), typeof(int), typeof(byte)] : [typeof(void)];
            foreach (var element in elements)
            {
                if (method.IsGenericMethodDefinition && method.GetGenericArguments().Length != 1) continue;
                var made = method.IsGenericMethodDefinition ? method.MakeGenericMethod(element) : method;
                if (made.GetParameters().Select(p => p.ParameterType).SequenceEqual(arguments)) return made;
            }
        }
        throw new MissingMethodException(_methods.Name, name);
    }

    static nint MakeMasks(int lanes)
    {
        ulong[] all = GC.AllocateArray<ulong>((1 << lanes) * lanes, pinned: true);
        for (int n = 0; n < all.Length; n++) all[n] = (n / lanes >> n % lanes & 1) != 0 ? ulong.MaxValue : 0;
        GCHandle.Alloc(all); // code has its address for as long as the process lives
        return Marshal.UnsafeAddrOfPinnedArrayElement(all, 0);
    }
}
