using System.Text;
using Chainring.Offload.Elf;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Elf;

/// <summary>One object for each way to be refused, with the sentence that its author reads.</summary>
public sealed class LoadErrorTests
{
    const string Pass = "b700000002000000", Exit = "9500000000000000", Constant = "1801000000000000 0000000000000000", Call = "85100000ffffffff";
    const uint ConstantRelocation = 1, CallRelocation = 10;

    static TestCaseData Case(string name, string id, string sentence, byte[] bytes) => new TestCaseData(bytes, id, sentence).SetArgDisplayNames(name);

    static byte[] Programs => TestObjects.Bytes("programs.19v3.o");

    static byte[] Changed(byte[] bytes, int offset, params byte[] to)
    {
        to.CopyTo(bytes, offset);
        return bytes;
    }

    static byte[] Code(string hex) => Object(o => o.Code("xdp", "f", hex));

    static byte[] Object(Action<ElfBuilder> build)
    {
        var builder = new ElfBuilder();
        build(builder);
        return builder.Build();
    }

    static byte[] Referring(string hex, ulong offset, uint type, Func<ElfBuilder, int, int> symbol) => Object(o =>
    {
        int code = o.Code("xdp", "f", hex);
        o.Relocate(code, (offset, symbol(o, code), type));
    });

    static IEnumerable<TestCaseData> Files()
    {
        yield return Case("empty", "L12", "x.o: not a BPF object: it is not an ELF file", []);
        yield return Case("text", "L12", "x.o: not a BPF object: it is not an ELF file", Encoding.UTF8.GetBytes("#include <linux/bpf.h>"));
        yield return Case("half a header", "L13", "x.o: the ELF header lies outside the file's 40 bytes", Programs[..40]);
        yield return Case("32-bit", "L12", "x.o: not a BPF object: it is not a 64-bit ELF file", Changed(Programs, 4, 1));
        yield return Case("big-endian", "L12", "x.o: not a BPF object: it is not little-endian; compile with -target bpf or bpfel", Changed(Programs, 5, 2));
        yield return Case("x86", "L12", "x.o: not a BPF object: its machine is 62, BPF is 247; compile with -target bpf", Changed(Programs, 18, 62));
        yield return Case("executable", "L12", "x.o: not a BPF object: its ELF type is 2, a relocatable object is 1", Changed(Programs, 16, 2));
        yield return Case("no sections", "L12", "x.o: not a BPF object: it has no sections", Changed(Programs, 60, 0, 0));
        yield return Case("truncated", "L13", "the section table lies outside the file's", Programs[..^1]);
        yield return Case("section table far away", "L13", "the section table lies outside", Changed(Programs, 40, 255, 255, 255, 255, 255, 255, 255, 255));
        yield return Case("section entry size", "L14", "the section table has entries of 40 bytes, or ends within one; 64 are expected", Changed(Programs, 58, 40, 0));
        yield return Case("no such name section", "L14", "the header names section 255, and there are", Changed(Programs, 62, 255, 0));
        yield return Case("huge section", "L13", "section 1 (x) lies outside", Object(o => o.Section("x", [1], size: ulong.MaxValue)));
        yield return Case("huge .bss", "L17", "section .bss brings the object's global data to 9223372036854775807 bytes, more than 67108864",
            Object(o => o.Section(".bss", [], ElfBuilder.NoBits, size: long.MaxValue)));
        yield return Case("much .bss", "L17", "section .bss.b brings the object's global data to 80000000 bytes, more than 67108864", Object(o =>
        {
            o.Section(".bss.a", [], ElfBuilder.NoBits, size: 40_000_000);
            o.Section(".bss.b", [], ElfBuilder.NoBits, size: 40_000_000);
        }));
        yield return Case("overlapping sections", "L16", "overlaps another", Object(o =>
        {
            for (int i = 0; i < 8; i++) o.Section("x", [], size: 200);
        }));
        yield return Case("long section name", "L15", "the name of section 1 is missing, unterminated or longer than 512 bytes", Object(o => o.Section(new('x', 600), [])));
        yield return Case("second symbol table", "L14", "x.o: it has a second symbol table", Object(o => o.Section("s", [], 2, entrySize: 24)));
        yield return Case("symbol in no section", "L14", "symbol 1 names section 99, and there are", Object(o => o.Symbol("s", 99, 0)));
        yield return Case("symbol outside", "L13", "symbol 1 lies outside its section x", Object(o => o.Symbol("s", o.Section("x", [1, 2]), 0, 3)));
        yield return Case("function name", "L15", "the name of symbol 1 is missing",
            Object(o => o.Symbol(0xffffff, o.Code("xdp", null, Pass + Exit), ElfBuilder.Function, 0, 16)));
        yield return Case("function outside", "L19", "function f is not a whole number of instructions inside section xdp",
            Object(o => o.Symbol("f", o.Code("xdp", null, Pass + Exit), ElfBuilder.Function, 8, 16)));
        yield return Case("function with half an instruction", "L19", "function f is not a whole number of instructions inside section xdp",
            Object(o => o.Symbol("f", o.Code("xdp", null, Pass + Exit), ElfBuilder.Function, 4, 8)));
        yield return Case("overlapping functions", "L19", "functions f and g overlap",
            Object(o => o.Symbol("g", o.Code("xdp", "f", Pass + Exit), ElfBuilder.Function, 8, 8)));
    }

    static IEnumerable<TestCaseData> Maps()
    {
        byte[] Btf(params byte[] bytes) => Object(o => o.Section(".BTF", bytes));
        byte[] header = [0x9f, 0xeb, 1, 0, 24, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0, 12, 0, 0, 0, 1, 0, 0, 0];
        yield return Case("BTF header", "L30", "the type information (section .BTF) is damaged at its header", Btf(1, 2, 3));
        yield return Case("BTF types", "L30", "damaged at the place of its types", Btf(header));
        yield return Case("BTF strings", "L30", "damaged at the place of its strings", Btf([.. header, .. new byte[12]]));
        yield return Case("BTF kind", "L30", "damaged at type 1", Btf([.. header, 0, 0, 0, 0, 0, 0, 0, 31, 0, 0, 0, 0, 0]));
        yield return Case("BTF vlen", "L30", "damaged at type 1", Btf([.. header, 0, 0, 0, 0, 255, 255, 0, 4, 0, 0, 0, 0, 0]));
        yield return Case("no BTF", "L31", "its section .maps is declared by type information, and there is none; compile with -g", TestObjects.Bytes("maps.19v3.bare.o"));

        var fields = new[]
        {
            "colour is not a field that a map can have", "type is missing", "key has another size than key_size", "value has another size than value_size",
            "pinning is neither LIBBPF_PIN_NONE nor LIBBPF_PIN_BY_NAME", "key is not __type of a type with a size", "max_entries is not __uint",
            "value_size is not 4, as values of maps and programs have", "max_entries 4294967280 is more than 2147483647",
        };
        for (int i = 0; i < fields.Length; i++)
            yield return Case(fields[i], i == 8 ? "L36" : "L32", $"x.o: map refused: {fields[i]}", TestObjects.Bytes($"map_field.{i + 1}.19v3.o"));

        yield return Case("tag without a slot", "L35", "x.o: tagged has the declaration tag 'tail:calls', which is not tail:MAP/INDEX", TestObjects.Bytes("tail_tag.1.19v3.o"));
        yield return Case("tag of another map", "L35", "x.o: tagged has the declaration tag 'tail:other/1', which names no prog array of the object", TestObjects.Bytes("tail_tag.2.19v3.o"));
        yield return Case("two tags of a slot", "L35", "x.o: calls[1] is filled twice, with ", TestObjects.Bytes("tail_tag.3.19v3.o"));
        byte[] Extension(params byte[] bytes)
        {
            var file = TestObjects.Bytes("core.19v3.o");
            bytes.CopyTo(file, file.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0x9f, 0xeb, 1, 0, 32, 0, 0, 0]));
            return file;
        }

        byte[] extension = [0x9f, 0xeb, 1, 0, 32, 0, 0, 0, .. new byte[16]];
        yield return Case("relocation header", "L38", "x.o: the type relocations (section .BTF.ext) are damaged at its header", Extension(1, 2, 3));
        yield return Case("relocations outside", "L38", "are damaged at the place of its table", Extension([.. extension, 0, 0, 0, 1, 8, 0, 0, 0]));
        yield return Case("relocation record", "L38", "are damaged at record 0", Extension([.. extension, 0, 0, 0, 0, 7, 0, 0, 0]));
        var between = TestObjects.Bytes("initialiser.19v3.o");
        between[RelocationAt(between, 64)] = 68;
        yield return Case("initialiser between slots", "L35", "of its declaration, where no slot begins", between);
        yield return Case("initialiser that is a function", "L35", "x.o: the static initialiser of outer[1] is caller, which is no map of section .maps", TestObjects.Bytes("initialiser_function.19v3.o"));
        var configurations = new[]
        {
            "libxdp knows no XDP_QUEUE; there are priority, XDP_ABORTED, XDP_DROP", "priority has no number that libxdp reads; declare it as __uint(priority, N)",
            "XDP_DROP has no number that libxdp reads", "it is no structure; declare it with XDP_RUN_CONFIG()",
        };
        for (int i = 0; i < configurations.Length; i++)
            yield return Case(configurations[i], "L37", $"x.o: .xdp_run_config of refused: {configurations[i]}", TestObjects.Bytes($"run_config_bad.{i + 1}.19v3.o"));
        yield return Case("inner id of no map", "L32", "x.o: map outer: inner_id is 9, which names no other map that could be in it", TestObjects.Bytes("legacy_inner.19v3.o"));
        yield return Case("legacy maps without symbols", "L34", "section maps has 20 bytes for 0 symbols", Object(o => o.Section("maps", new byte[20])));
        yield return Case("legacy maps of unequal size", "L34", "section maps has 44 bytes for 2 symbols", Object(o =>
        {
            int maps = o.Section("maps", new byte[44]);
            o.Symbol("a", maps, ElfBuilder.Object, 0, 20);
            o.Symbol("b", maps, ElfBuilder.Object, 20, 24);
        }));
        yield return Case("many legacy maps", "L34", "section maps brings the object's legacy maps to 1025, more than 1024", Object(o =>
        {
            int maps = o.Section("maps", new byte[16 * 1025]);
            for (uint n = 0; n < 1025; n++) o.Symbol($"m{n}", maps, ElfBuilder.Object, 16 * n, 16);
        }));
        yield return Case("huge legacy map", "L36", "map a: value_size 4294967295 is more than",
            Object(o => o.Symbol("a", o.Section("maps", [.. new byte[8], 255, 255, 255, 255, .. new byte[8]]), ElfBuilder.Object)));
        yield return Case("two maps of a name", "L33", "two maps are called .data", Object(o =>
        {
            o.Section(".data", [1]);
            o.Section(".data", [2]);
        }));
    }

    static IEnumerable<TestCaseData> Linking()
    {
        yield return Case("empty", "L40", "x.o: f has no instructions", Code(""));
        yield return Case("undefined opcode", "L02", "x.o: f: instruction 1 (ff00000000000000) has no meaning", Code(Pass + "ff00000000000000" + Exit));
        yield return Case("cast of an address", "L07", "x.o: f: instruction 0 (bf01010001000000) is addr_space_cast, a cast between address spaces, which only arenas have; cards have no arenas: keep",
            Code("bf01010001000000" + Exit));
        yield return Case("indirect jump", "L07", "x.o: f: instruction 1 (0d01000000000000) is gotox, a jump to an address in a register, which Linux 6.18 does not know either; compile with -fno-jump-tables",
            Code(Pass + "0d01000000000000" + Exit));
        yield return Case("indirect call", "L07", "x.o: f: instruction 0 (8d01000000000000) is callx, a call of an address in a register", Code("8d01000000000000" + Exit));
        yield return Case("may_goto outside", "L44", "x.o: f: instruction 0 (e500050000000000) jumps to instruction 6, outside its function", Code("e500050000000000" + Pass + Exit));
        yield return Case("r10 by an acquiring load", "L47", "instruction 0 (db1a000000010000) writes r10", Code("db1a000000010000" + Exit));
        yield return Case("kfunc", "L41", "x.o: grouped: instruction 1 (85100000ffffffff) calls bpf_cgroup_from_id, a kernel function (kfunc) that cards do not have; use a helper instead, or declare it __weak",
            TestObjects.Bytes("kernel_function.19v3.o"));
        yield return Case("kfunc of the connection tracker", "L41",
            "calls bpf_xdp_ct_lookup___fit, a kernel function (kfunc), which asks the host's connection tracker (nf_conntrack), and a card has none; keep connections in a map instead, or declare it __weak",
            TestObjects.Bytes("conntrack.19v3.o"));
        yield return Case("kfunc of another type", "L50", "x.o: stamped: instruction 0 (85100000ffffffff) refers to bpf_xdp_metadata_rx_timestamp, declared with another number of parameters than its 2",
            TestObjects.Bytes("kernel_function_type.19v3.o"));
        yield return Case("weak but not declared", "L41", "calls elsewhere, which this object does not define", Referring(Call + Exit, 0, CallRelocation, (o, code) => o.Symbol("elsewhere", 0, ElfBuilder.Weak)));
        yield return Case("kernel symbol", "L41", "uses jiffies, a kernel symbol (.ksyms)", TestObjects.Bytes("kernel_symbol.19v3.o"));
        yield return Case("kernel configuration", "L41", "uses CONFIG_HZ, a kernel configuration value (.kconfig)", TestObjects.Bytes("kernel_config.19v3.o"));
        yield return Case("other object", "L41", "half: instruction 1 (85100000ffffffff) calls elsewhere, which this object does not define", TestObjects.Bytes("undefined.19v3.o"));
        yield return Case("kfunc by number", "L41", "x.o: f: instruction 0 (8520000007000000) calls a kernel function by number, which only the running kernel understands", Code("8520000007000000" + Exit));
        yield return Case("relocated exit", "L42", "x.o: f: instruction 1 (9500000000000000) cannot refer to f",
            Referring(Pass + Exit, 8, CallRelocation, (o, code) => 1));
        yield return Case("odd place", "L42", "cannot refer to f: only a call or a 64-bit constant, and once", Referring(Call + Exit, 4, CallRelocation, (o, code) => 1));
        yield return Case("wrong type", "L42", "instruction 0 (85100000ffffffff) refers to f by a relocation of type 1", Referring(Call + Exit, 0, ConstantRelocation, (o, code) => 1));
        yield return Case("relocated helper call", "L42", "cannot refer to xdp", Referring("8500000001000000" + Exit, 0, CallRelocation, (o, code) => o.Symbol("", code, ElfBuilder.SectionSymbol)));
        yield return Case("license", "L42", "refers to l in section license, which holds neither maps, global data nor functions",
            Referring(Constant + Exit, 0, ConstantRelocation, (o, code) => o.Symbol("l", o.Section("license", [1]), ElfBuilder.Object)));
        yield return Case("absolute symbol", "L42", "refers to a in section (none)", Referring(Constant + Exit, 0, ConstantRelocation, (o, code) => o.Symbol("a", 0xfff1, 0)));
        yield return Case("inside a map", "L42", "refers to m, byte 4 of section maps, where no map starts",
            Referring("1801000004000000 0000000000000000" + Exit, 0, ConstantRelocation, (o, code) => o.Symbol("m", o.Section("maps", new byte[20]), ElfBuilder.Object)));
        yield return Case("behind global data", "L42", "refers to d, byte 4 of section .data, which is outside of it",
            Referring("1801000004000000 0000000000000000" + Exit, 0, ConstantRelocation, (o, code) => o.Symbol("d", o.Section(".data", new byte[4]), ElfBuilder.Object)));
        yield return Case("no such symbol", "L14", "relocation table .relxdp names symbol 50, and there are", Referring(Call + Exit, 0, CallRelocation, (o, code) => 50));
        yield return Case("relocation outside", "L13", "byte 16 of relocation table .relxdp lies outside its section xdp", Referring(Call + Exit, 16, CallRelocation, (o, code) => 1));
        yield return Case("rela", "L18", "section xdp has relocations with explicit addends (RELA)",
            Object(o => o.Section(".relaxdp", new byte[24], ElfBuilder.Rela, info: (uint)o.Code("xdp", "f", Pass + Exit), entrySize: 24)));
        yield return Case("call into nothing", "L43", "instruction 0 (8510000005000000) refers to byte 48 of section xdp, where no function starts", Code("8510000005000000" + Exit));
        yield return Case("call into the middle", "L43", "refers to byte 8 of section xdp, where no function starts", Code(Call[..8] + "00000000" + Exit));
        yield return Case("jump outside", "L44", "x.o: f: instruction 0 (05000a0000000000) jumps to instruction 11, outside its function", Code("05000a0000000000" + Exit));
        yield return Case("jump before", "L44", "jumps to instruction -1, outside its function", Code("0500feff00000000" + Exit));
        yield return Case("long jump", "L44", "jumps to instruction 2147483648, outside its function", Code("06000000ffffff7f" + Exit));
        yield return Case("jump into a constant", "L44", "jumps to instruction 2, the middle of a 64-bit constant", Code("1501010000000000" + Constant + Exit));
        yield return Case("falls off", "L45", "x.o: f: instruction 1 (b700000002000000) is the function's last and neither exits nor jumps", Code(Pass + Pass));
        yield return Case("falls off after a constant", "L45", "instruction 1 (1801000000000000) is the function's last", Code(Pass + Constant));
        yield return Case("map by number", "L46", "x.o: f: instruction 0 (1811000003000000) names a map, variable or function by a number", Code("1811000003000000 0000000000000000" + Exit));
        yield return Case("r10 by mov", "L47", "x.o: f: instruction 0 (bf1a000000000000) writes r10, which is read-only", Code("bf1a000000000000" + Exit));
        yield return Case("r10 by load", "L47", "writes r10", Code("791a000000000000" + Exit));
        yield return Case("r10 by constant", "L47", "writes r10", Code("180a000000000000 0000000000000000" + Exit));
        yield return Case("r10 by fetch", "L47", "writes r10", Code("dba1000001000000" + Exit));
        yield return Case("two programs of a name", "L49", "two programs are called f", Object(o =>
        {
            o.Code("xdp", "f", Pass + Exit);
            o.Code("prog", "f", Pass + Exit);
        }));
        yield return Case("long program", "L48", "x.o: f: with its subprograms the code has more than 1000000 instructions",
            Code(string.Concat(Enumerable.Repeat(Exit, 1_000_001))));
    }

    [TestCaseSource(nameof(Files))]
    [TestCaseSource(nameof(Maps))]
    [TestCaseSource(nameof(Linking))]
    public void A_bad_object_is_refused_with_a_sentence(byte[] bytes, string id, string sentence)
    {
        var result = ObjectLoader.Load(bytes, "x.o");
        Assert.That(result.Problem, Is.Not.Null);
        Assert.That(result.Problem!.Id, Is.EqualTo(id), result.Problem.ToString());
        Assert.That(result.Problem.Sentence, Does.Contain(sentence));
    }

    [Test]
    public void Every_error_of_the_loader_has_a_case()
    {
        var covered = Files().Concat(Maps()).Concat(Linking()).Select(c => (string)c.Arguments[1]!).Concat(["L10", "L11", "L39", "L51", "L52", "L53"]).ToHashSet();
        var ids = new[] { (10, 19), (30, 53) }.SelectMany(r => Enumerable.Range(r.Item1, r.Item2 - r.Item1 + 1)).Select(i => $"L{i}");
        Assert.That(ids.Except(covered), Is.Empty);
    }

    [Test]
    public void A_file_that_cannot_be_read_is_an_error()
    {
        var problem = ObjectLoader.LoadFile(TestData.Path("elf", "absent.o")).Problem!;
        Assert.That((problem.Id, problem.Sentence), Is.EqualTo(("L10", $"{TestData.Path("elf", "absent.o")} cannot be read: there is no such file")));
        Assert.That(ObjectLoader.LoadFile(TestData.Path("elf")).Problem!.Id, Is.EqualTo("L10"), "a folder");
        Assert.That(ObjectLoader.LoadFile("").Problem!.Id, Is.EqualTo("L10"), "no path");
        Assert.That(ObjectLoader.LoadFile("a\0b").Problem!.Id, Is.EqualTo("L10"), "an impossible path");
    }

    [Test]
    public void A_file_that_is_too_large_is_an_error()
    {
        Assert.That(ObjectLoader.Load(new byte[ObjectLoader.MaxFileBytes + 1], "x.o").Problem!.Id, Is.EqualTo("L11"));
        if (File.Exists("/dev/zero")) Assert.That(ObjectLoader.LoadFile("/dev/zero").Problem!.Id, Is.EqualTo("L11"));
    }

    /// <summary>Where the record of a relocation stands that puts an address (R_BPF_64_ABS64) at an offset.</summary>
    static int RelocationAt(byte[] bytes, long offset) =>
        Enumerable.Range(0, bytes.Length - 16).First(at => BitConverter.ToInt64(bytes, at) == offset && BitConverter.ToInt32(bytes, at + 8) == 2);
}
