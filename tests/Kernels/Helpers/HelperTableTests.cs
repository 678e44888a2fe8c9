using System.Reflection;
using Chainring.Kernels;
using Chainring.Kernels.Helpers;
using Chainring.Kernels.Maps;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Helpers;

/// <summary>Tables that must fit together do: rows and bodies of helpers and kfuncs, map kinds and the classes behind them.</summary>
public sealed class HelperTableTests
{
    [Test]
    public void Every_row_has_a_body()
    {
        foreach (var row in HelperTable.All) Assert.That(HelperBodies.Has(row.Id), row.Name);
    }

    [Test]
    public void Every_body_has_a_row()
    {
        var bodies = (Dictionary<int, HelperBody>)typeof(HelperBodies).GetField("Bodies", BindingFlags.Static | BindingFlags.NonPublic)!.GetValue(null)!;
        int[] rows = [.. HelperTable.All.Where(r => r.Effect != HelperEffect.TailCall).Select(r => r.Id)];
        Assert.That(bodies.Keys, Is.EquivalentTo(rows));
    }

    [Test]
    public void Rows_are_ascending_and_well_formed()
    {
        Assert.That(HelperTable.All.Select(r => r.Id), Is.Ordered.Ascending.And.Unique);
        Assert.Multiple(() =>
        {
            foreach (var row in HelperTable.All)
            {
                var arguments = row.Arguments;
                Assert.That(arguments, Has.Length.LessThanOrEqualTo(5), row.Name);
                Assert.That(arguments.Count(a => a.IsMemory && a.Kind != ArgumentKind.Text), Is.LessThanOrEqualTo(2), $"{row.Name}: a body is given two pieces of memory");
                for (int n = 0; n < arguments.Length; n++)
                {
                    var kind = arguments[n].Kind;
                    bool pointsToMemory = kind is ArgumentKind.MapKey or ArgumentKind.MapValue or ArgumentKind.PeekedValue or ArgumentKind.Memory
                        or ArgumentKind.ValueMemory or ArgumentKind.FixedMemory or ArgumentKind.Text;
                    Assert.That(arguments[n].IsMemory, Is.EqualTo(pointsToMemory), row.Name);
                    Assert.That(arguments[n].Bytes > 0, Is.EqualTo(kind == ArgumentKind.FixedMemory), row.Name);
                    if (kind is ArgumentKind.Memory or ArgumentKind.ValueMemory)
                        Assert.That(arguments.ElementAtOrDefault(n + 1).Kind, Is.EqualTo(ArgumentKind.MemorySize), row.Name);
                    if (kind == ArgumentKind.MemorySize) Assert.That(arguments[n - 1].Kind, Is.EqualTo(ArgumentKind.Memory).Or.EqualTo(ArgumentKind.ValueMemory), row.Name);
                    if (kind is ArgumentKind.MapKey or ArgumentKind.MapValue) Assert.That(arguments[0], Is.EqualTo(HelperArgument.Map), row.Name);
                }
                if (row.Result == HelperResult.MapValueOrNull) Assert.That(arguments[0], Is.EqualTo(HelperArgument.Map), row.Name);
                bool slices = row.Result is HelperResult.SliceOrNull or HelperResult.ReadOnlySliceOrNull;
                if (slices) Assert.That(arguments[0], Is.EqualTo(HelperArgument.Dynptr), row.Name);
                Assert.That(arguments.Count(a => a.Kind == ArgumentKind.ResultSize || a.IsResultSize), Is.EqualTo(slices || row.Result == HelperResult.RecordOrNull ? 1 : 0), row.Name);
                Assert.That(arguments.SkipLast(1).Any(a => a.Kind == ArgumentKind.NewDynptr), Is.False, $"{row.Name}: what is made is said last");
            }
        });
    }

    [Test]
    public void Helpers_have_the_kernel_s_names_and_kfuncs_are_found_by_theirs()
    {
        foreach (var row in HelperTable.All)
        {
            bool isKfunc = row.Id >= HelperTable.FirstKfunc;
            Assert.That(row.Call, Is.EqualTo(isKfunc ? CallKind.Kfunc : CallKind.Helper), row.Name);
            Assert.That(HelperTable.FindKfunc(row.Name), isKfunc ? Is.SameAs(row) : Is.Null);
            if (!isKfunc) Assert.That(row.Name, Is.EqualTo(HelperNames.Of(row.Id)));
        }
        Assert.That(HelperTable.FindKfunc("bpf_map_lookup_elem"), Is.Null);
    }

    [TestCase(-1), TestCase(0), TestCase(4), TestCase(66), TestCase(HelperTable.FirstKfunc - 1), TestCase(int.MaxValue), TestCase(long.MinValue), TestCase(0x1_0000_0001)]
    public void An_id_without_a_row_is_no_helper(long id) =>
        Assert.That((HelperTable.Find(id) is null, HelperBodies.Has(id)), Is.EqualTo((true, false)));

    [Test]
    public void Every_map_kind_can_be_created_and_every_map_class_is_some_kind()
    {
        var made = new HashSet<Type>();
        foreach (var type in MapKinds.Types)
        {
            var spec = SomeMap.Of(type);
            var map = MapKinds.Create(1, spec, cpus: 3).Value;
            Assert.That(map.Cpus, Is.EqualTo(MapKinds.IsPerCpu(type) ? 3 : 1), spec.TypeName);
            made.Add(map.GetType());
        }
        Assert.That(made, Is.EquivalentTo(typeof(Map).Assembly.GetTypes().Where(t => !t.IsAbstract && t.IsSubclassOf(typeof(Map)))));
    }

    [Test]
    public void A_map_type_without_a_row_is_refused_by_name()
    {
        foreach (var type in Enum.GetValues<MapType>().Except(MapKinds.Types))
        {
            var spec = new MapSpec { Name = "map", Type = type, KeySize = 4, ValueSize = 4, MaxEntries = 2 };
            Assert.That(MapKinds.Create(1, spec, cpus: 1).Problem, Is.TypeOf<Refusal>().With.Property("Id").EqualTo("R01"));
        }
    }
}
