namespace Chainring.Offload.Verify;

/// <summary>Whether something holds for the numbers that are possible: for none, for all, or for some perhaps.</summary>
public enum Truth : byte { Never, Always, Maybe }
