// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Console.Ports;
using Xunit;

namespace VhostDevice.Devices.Tests.Console;

/// <summary>Ports as users write them.</summary>
public sealed class PortSettingsTests
{
    [Fact]
    public void Everything_that_can_be_said()
    {
        Assert.Equal(new PortSettings(null, true, EndKind.Null), Parse(""));
        Assert.Equal(new PortSettings("a", true, EndKind.Standard), Parse("name=a,backend=stdio"));
        Assert.Equal(
            new PortSettings("org.qemu.guest_agent.0", false, EndKind.Unix, "/x"),
            Parse("name=org.qemu.guest_agent.0,kind=serial,backend=unix:/x"));
        Assert.Equal(new PortSettings(null, true, EndKind.UnixClient, "/x"), Parse("kind=console,backend=unix:/x,client"));
        Assert.Equal(new PortSettings(null, true, EndKind.PseudoTerminal), Parse("backend=pty"));
        Assert.Equal(new PortSettings(null, true, EndKind.PseudoTerminal, "/l"), Parse("backend=pty:/l"));
        Assert.Equal(new PortSettings(null, true, EndKind.Tcp, "[::1]:4000"), Parse("backend=tcp:[::1]:4000"));
        Assert.Equal(new PortSettings(null, true, EndKind.File, "f"), Parse("backend=file:f"));
        Assert.Equal(new PortSettings(null, true, EndKind.Log, "f", 10 << 20, 5), Parse("backend=log:f"));
        Assert.Equal(new PortSettings(null, true, EndKind.Log, "f", 4096, 1), Parse("max=4K,backend=log:f,keep=1"));
        Assert.Equal(new PortSettings(null, true, EndKind.Log, "f", 0, 5), Parse("backend=log:f,max=0"));
        Assert.Equal(new PortSettings("a", true, EndKind.Program, "cat, and=more"), Parse("name=a,backend=exec:cat, and=more"));
    }

    [Theory]
    [InlineData("name=", "'' is no name for a port: letters, digits and . _ : - of which there are 1 to 63, not only digits")]
    [InlineData("name=a/b", "'a/b' is no name for a port: letters, digits and . _ : - of which there are 1 to 63, not only digits")]
    [InlineData("name=12", "'12' is no name for a port: letters, digits and . _ : - of which there are 1 to 63, not only digits")]
    [InlineData("name=a,name=b", "name is given twice")]
    [InlineData("kind=x", "there is no kind 'x': console or serial")]
    [InlineData(
        "backend=x",
        "there is no backend 'x': null, stdio, pty[:LINK], unix:PATH[,client], tcp:ADDRESS:PORT, file:PATH, log:PATH or exec:COMMAND")]
    [InlineData("backend=null:x", "backend=null takes nothing behind it")]
    [InlineData(
        "backend=unix",
        "backend=unix is not complete: null, stdio, pty[:LINK], unix:PATH[,client], tcp:ADDRESS:PORT, file:PATH, log:PATH or exec:COMMAND")]
    [InlineData("client", "'client' is nothing that a port has: name=, kind=, backend=, client (of unix:PATH), max= and keep= (of log:PATH)")]
    [InlineData("max=1", "max=1 is not possible: 4096 bytes or more, or 0 for no limit")]
    [InlineData("keep=0", "keep=0 is not possible: 1 to 1000")]
    [InlineData("backend=file:x,max=4K", "max= and keep= are for backend=log:PATH")]
    public void What_makes_no_sense_is_explained(string text, string problem)
    {
        Assert.Null(PortSettings.Parse(text, out string said));
        Assert.Equal(problem, said);
    }

    private static PortSettings Parse(string text)
    {
        PortSettings? port = PortSettings.Parse(text, out string problem);
        Assert.Equal("", problem);
        return port!;
    }
}
