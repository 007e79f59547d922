// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace VhostDevice.Architecture.Tests;

/// <summary>What the built assemblies really refer to, whatever the project files say.</summary>
public class AssemblyTests
{
    public static TheoryData<string> Floors => [.. Floor.All.Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Floors))]
    public void An_assembly_refers_to_what_its_floor_may_use(string name)
    {
        Floor floor = Floor.All.Single(f => f.Name == name);
        HashSet<string> floors = [.. Floor.All.Select(f => f.Name)];
        Assert.Subset(floor.MayUse.ToHashSet(), References(name).Where(floors.Contains).ToHashSet());
    }

    [Fact]
    public void The_lowest_floors_refer_to_the_framework_only()
    {
        foreach (string name in Floor.WithoutPackages)
            Assert.All(
                References(name),
                r =>
                    Assert.True(
                        r.StartsWith("System.", StringComparison.Ordinal)
                            || r.StartsWith("VhostDevice.", StringComparison.Ordinal),
                        r));
    }

    /// <summary>
    /// Virtqueues work the same whoever carries them: no sockets, no watched descriptors, no threads. The contract hands
    /// a device its loop, for timers and the host side; that one type is named and never called.
    /// </summary>
    [Fact]
    public void The_virtio_floor_knows_no_transport()
    {
        string[] foreign =
        [
            "System.Net.Sockets.", "System.Threading.Thread", "VhostDevice.Linux.UnixSocket",
            "VhostDevice.Linux.FdMessage", "VhostDevice.Linux.FdWatch",
        ];
        Assert.Equal([], Types("VhostDevice.Virtio").Where(t => foreign.Any(f => f[^1] == '.' ? t.StartsWith(f, StringComparison.Ordinal) : t == f)));
    }

    /// <summary>The native program has none: src/vhost-device/NoRegularExpressions.xml takes them out.</summary>
    [Fact]
    public void Nobody_uses_regular_expressions() =>
        Assert.All(Floor.All, f => Assert.DoesNotContain("System.Text.RegularExpressions", References(f.Name)));

    /// <summary>The control: a floor that is known to stand on another is seen to do so.</summary>
    [Fact]
    public void References_are_seen()
    {
        Assert.Contains("System.Runtime", References("VhostDevice.Linux"));
        Assert.Contains("System.IDisposable", Types("VhostDevice.Linux"));
    }

    private static List<string> References(string name) => Read(name, m =>
        m.AssemblyReferences.Select(h => m.GetString(m.GetAssemblyReference(h).Name)));

    /// <summary>The full names of the types of other assemblies that are used.</summary>
    private static List<string> Types(string name) => Read(name, m =>
        m.TypeReferences.Select(m.GetTypeReference).Select(t => $"{m.GetString(t.Namespace)}.{m.GetString(t.Name)}"));

    private static List<string> Read(string name, Func<MetadataReader, IEnumerable<string>> read)
    {
        using FileStream file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "floors", name + ".dll"));
        using PEReader pe = new(file);
        MetadataReader metadata = pe.GetMetadataReader();
        Assert.Equal(name, metadata.GetString(metadata.GetAssemblyDefinition().Name));
        return [.. read(metadata)];
    }
}
