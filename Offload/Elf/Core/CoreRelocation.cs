namespace Chainring.Offload.Elf.Core;

/// <summary>An instruction that depends on how a type is laid out (CO-RE), as clang notes it in <c>.BTF.ext</c>.</summary>
/// <param name="Section">The section of the instruction.</param>
/// <param name="Offset">In bytes, within that section.</param>
/// <param name="Type">A type of the object's own.</param>
/// <param name="Path">Member numbers and array indices on the way to a field, from an element of that type on: <c>0:1:2</c>.</param>
readonly record struct CoreRelocation(int Section, uint Offset, uint Type, string Path, CoreKind Kind);
