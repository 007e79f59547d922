// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests.Abi;

/// <summary>Nothing that the floor declares may be missing from the ABI check, and nothing in its table may be stale.</summary>
public class AbiCoverageTests
{
    [Fact]
    public void Every_struct_is_mapped() =>
        Assert.Equal(
            Sorted(Declared.Structs.Select(t => t.Name)),
            Sorted(AbiTable.Structs.Select(s => s.Type.Name).Concat(AbiTable.NotStructsOfC.Select(t => t.Name))));

    [Fact]
    public void Every_field_is_mapped()
    {
        foreach (CStruct s in AbiTable.Structs)
            Assert.Equal(Declared.Fields(s.Type).Select(f => f.Name), s.Fields.Select(f => f.Ours));
    }

    [Fact]
    public void Every_enum_member_is_mapped() =>
        Assert.Equal(Sorted(Declared.EnumMembers.Select(m => m.Name)), Sorted(AbiTable.EnumMembers.Keys));

    /// <summary>A constant carries its C name or is listed with what it stands for.</summary>
    [Fact]
    public void Every_constant_is_mapped()
    {
        string[] ours = [.. Declared.Constants.Select(c => $"{c.Owner}.{c.Name}")];
        Assert.Equal(
            [],
            Declared.Constants.Where(c => !Declared.IsMacroName(c.Name))
                .Select(c => $"{c.Owner}.{c.Name}")
                .Except(AbiTable.Constants.Keys));
        Assert.Equal([], AbiTable.Constants.Keys.Except(ours));
        Assert.Equal([], AbiTable.NewerThanSomeHeaders.Except(Declared.Constants.Select(c => c.Name)));
    }

    /// <summary>A number inside a method is out of reach of every check here.</summary>
    [Fact]
    public void No_kernel_constant_hides_inside_a_method()
    {
        HashSet<string> seen = [.. Declared.Constants.Select(c => c.Name)];
        Assert.Equal([], Declared.ConstantsInSource().Where(c => c.Name != "Library" && !seen.Contains(c.Name)));
    }

    [Fact]
    public void No_constant_differs_by_architecture() =>
        Assert.Equal([], Declared.Constants.Select(c => c.Name).Where(AbiTable.DifferByArchitecture.Contains));

    private static IEnumerable<string> Sorted(IEnumerable<string> names) => names.Order(StringComparer.Ordinal);
}
