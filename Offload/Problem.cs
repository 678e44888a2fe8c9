namespace Chainring.Offload;

/// <summary>
/// Someone else's mistake, as a value: a stable id, a short name, and one sentence that names the place.
/// Our own mistakes are exceptions; packet faults are verdicts.
/// </summary>
public abstract record Problem(string Id, string Name, string Sentence)
{
    /// <summary>
    /// The input or the request itself makes no sense (a damaged file, a wrong name), as opposed to a program or chain that is
    /// understood and not accepted.
    /// </summary>
    public abstract bool IsBadInput { get; }

    /// <summary><c>L03 undefined-encoding: …</c></summary>
    public sealed override string ToString() => $"{Id} {Name}: {Sentence}";
}

/// <summary>Bad input or usage: a damaged capture, a wrong key in a chain file, an option that makes no sense.</summary>
public sealed record InputError(string Id, string Name, string Sentence) : Problem(Id, Name, Sentence)
{
    public override bool IsBadInput => true;
}

/// <summary>A value or the problem that prevented it; never both, never neither.</summary>
public readonly struct Result<T>
{
    readonly T? _value;

    internal Result(T? value, Problem? problem)
    {
        _value = value;
        Problem = problem;
    }

    public Problem? Problem { get; }

    /// <summary>The value; asking for it when there is a problem is a bug of the caller and throws.</summary>
    public T Value => Problem is null ? _value! : throw new InvalidOperationException(Problem.ToString());

    public bool Try(out T value, out Problem problem)
    {
        value = _value!;
        problem = Problem!;
        return Problem is null;
    }

    public static implicit operator Result<T>(T value) => new(value, null);

    public static implicit operator Result<T>(Problem problem) => new(default, problem);
}

public static class Result
{
    /// <summary>A value as a result, for interface types, which a conversion cannot start from.</summary>
    public static Result<T> Of<T>(T value) => new(value, null);
}
