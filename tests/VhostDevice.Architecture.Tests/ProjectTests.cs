// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Xml.Linq;

namespace VhostDevice.Architecture.Tests;

/// <summary>What the project files say.</summary>
public class ProjectTests
{
    internal static string Source { get; } = Path.Combine(Root(), "src");

    public static TheoryData<string> Floors => [.. Floor.All.Select(f => f.Name)];

    [Fact]
    public void Every_project_is_a_floor() =>
        Assert.Equal(
            Floor.All.Select(f => f.Name).Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(Source, "*.csproj", SearchOption.AllDirectories)
                .Select(p => Path.GetFileNameWithoutExtension(p))
                .Order(StringComparer.Ordinal));

    [Fact]
    public void Every_floor_stands_on_lower_ones_only()
    {
        HashSet<string> lower = [];
        foreach (Floor floor in Floor.All)
        {
            Assert.Subset(lower, floor.MayUse.ToHashSet());
            lower.Add(floor.Name);
        }
    }

    [Theory]
    [MemberData(nameof(Floors))]
    public void A_project_references_what_its_floor_may_use(string name)
    {
        Floor floor = Floor.All.Single(f => f.Name == name);
        Assert.Subset(floor.MayUse.ToHashSet(), Reach(name).ToHashSet());
    }

    [Fact]
    public void The_lowest_floors_have_no_packages()
    {
        foreach (string name in Floor.WithoutPackages)
            Assert.Equal([], Items(name, "PackageReference"));
    }

    /// <summary>Only tests may look inside a floor.</summary>
    [Theory]
    [MemberData(nameof(Floors))]
    public void Internals_are_visible_to_tests_only(string name) =>
        Assert.All(
            Items(name, "InternalsVisibleTo"),
            f =>
                Assert.True(
                    f.EndsWith(".Tests", StringComparison.Ordinal)
                        || f.EndsWith(".TestKit", StringComparison.Ordinal)
                        || f == "VhostDevice.Fuzz",
                    f));

    /// <summary>References of references are visible to the compiler too, unless a project says otherwise.</summary>
    private static IEnumerable<string> Reach(string name)
    {
        foreach (string path in Items(name, "ProjectReference"))
        {
            string project = Path.GetFileNameWithoutExtension(path.Replace('\\', '/'));
            yield return project;
            if (IsTransitive(name))
            {
                foreach (string further in Reach(project))
                    yield return further;
            }
        }
    }

    private static bool IsTransitive(string name) =>
        !XDocument.Load(Path.Combine(Source, name, name + ".csproj")).Descendants("DisableTransitiveProjectReferences").Any(e => e.Value == "true");

    private static IEnumerable<string> Items(string project, string item) =>
        XDocument.Load(Path.Combine(Source, project, project + ".csproj")).Descendants(item).Select(e => e.Attribute("Include")!.Value);

    internal static string Root()
    {
        for (DirectoryInfo? d = new(AppContext.BaseDirectory); d is not null; d = d.Parent)
        {
            if (File.Exists(Path.Combine(d.FullName, "vhost-device.slnx")))
                return d.FullName;
        }

        throw new InvalidOperationException("The tests run from a build inside the repository; vhost-device.slnx was not found above them.");
    }
}
