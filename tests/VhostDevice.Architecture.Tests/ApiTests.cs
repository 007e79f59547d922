// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Reflection;
using PublicApiGenerator;

namespace VhostDevice.Architecture.Tests;

/// <summary>
/// What a library shows to others is a promise, so a change to it is seen in a review: Api/ has what was approved.
/// </summary>
public class ApiTests
{
    private const string Accept = "VHOST_DEVICE_ACCEPT_API";
    private static readonly string s_approved =
        Path.Combine(ProjectTests.Root(), "tests", "VhostDevice.Architecture.Tests", "Api");

    // The program is no library.
    public static TheoryData<string> Libraries => [.. Floor.All.Select(f => f.Name).Where(n => n != "vhost-device")];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void The_public_api_is_what_was_approved(string name)
    {
        string file = Path.Combine(s_approved, name + ".txt");
        string api = Api(Load(name).GetExportedTypes());
        if (Environment.GetEnvironmentVariable(Accept) == "1")
            File.WriteAllText(file, api);
        string approved = File.Exists(file) ? File.ReadAllText(file) : "";
        Assert.True(api == approved, Complaint(file, approved, api));
    }

    [Fact]
    public void Nothing_else_was_approved() =>
        Assert.Equal(
            Libraries.Select(row => row.Data).Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(s_approved).Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal));

    /// <summary>The control: one type less is seen, and the complaint names it.</summary>
    [Fact]
    public void A_change_is_seen()
    {
        Type[] types = Load("VhostDevice.Virtio").GetExportedTypes();
        Type missing = types.Single(t => t.Name == "GuestMemory");
        string complaint = Complaint("Virtio.txt", Api(types), Api([.. types.Where(t => t != missing)]));
        Assert.Contains("\n- ", complaint, StringComparison.Ordinal);
        Assert.Contains("class GuestMemory", complaint, StringComparison.Ordinal);
        Assert.DoesNotContain("\n+ ", complaint, StringComparison.Ordinal);
    }

    private static Assembly Load(string name) =>
        Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, "floors", name + ".dll"));

    private static string Api(Type[] types) =>
        types.GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false })
            .ReplaceLineEndings("\n").TrimEnd('\n') + "\n";

    private static string Complaint(string file, string approved, string api)
    {
        string[] before = approved.Split('\n'), now = api.Split('\n');
        return $"""
            The public API is not what {Path.GetFileName(file)} says:
            {string.Join('\n', Less(before, now).Select(l => "- " + l).Concat(Less(now, before).Select(l => "+ " + l)))}
            If that is what you want, run these tests once with {Accept}=1, and commit the file.
            """;
    }

    /// <summary>Lines of one text that the other has not, or not as often; braces come with what they are around.</summary>
    private static IEnumerable<string> Less(string[] lines, string[] others)
    {
        Dictionary<string, int> left = others.CountBy(l => l).ToDictionary();
        foreach (string line in lines)
        {
            int count = left.GetValueOrDefault(line);
            left[line] = count - 1;
            if (count <= 0 && line.Trim() is not ("" or "{" or "}"))
                yield return line;
        }
    }
}
