// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Linux.Tests.Sandbox;

public class ThreadPrivilegesTests
{
    [Fact]
    public void They_are_gone_in_the_thread_and_what_it_starts()
    {
        string before = Status("self");
        OnThread.Run(() =>
        {
            ThreadPrivileges.SetNoNewPrivileges().Ok();
            ThreadPrivileges.HasCapabilities(out bool had).Ok();
            Assert.Equal(Field(Status("thread-self"), "CapPrm") != 0, had);
            ThreadPrivileges.DropCapabilities().Ok();
            AssertNone();
            OnThread.Run(AssertNone);
        });
        Assert.Equal(before, Status("self"));
    }

    private static void AssertNone()
    {
        ThreadPrivileges.HasCapabilities(out bool has).Ok();
        Assert.False(has);
        string status = Status("thread-self");
        foreach (string set in new[] { "CapInh", "CapPrm", "CapEff", "CapAmb" })
            Assert.Equal(0ul, Field(status, set));
        Assert.Equal(1ul, Field(status, "NoNewPrivs"));
    }

    private static string Status(string process) =>
        string.Join(
            '\n',
            File.ReadLines($"/proc/{process}/status")
                .Where(
                    l =>
                        l.StartsWith("Cap", StringComparison.Ordinal)
                            || l.StartsWith("NoNew", StringComparison.Ordinal)));

    private static ulong Field(string status, string name) =>
        ulong.Parse(
            status.Split('\n').Single(l => l.StartsWith(name, StringComparison.Ordinal)).Split(':')[1].Trim(),
            System.Globalization.NumberStyles.HexNumber,
            null);
}
