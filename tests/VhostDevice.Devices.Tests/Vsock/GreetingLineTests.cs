// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using VhostDevice.Devices.Vsock;
using Xunit;

namespace VhostDevice.Devices.Tests.Vsock;

/// <summary>The first lines of the hybrid scheme.</summary>
public sealed class GreetingLineTests
{
    [Theory]
    [InlineData("CONNECT 52", 52u)]
    [InlineData("connect\t+0052  and more\r", 52u)]
    [InlineData("  CONNECT 4294967295  ", uint.MaxValue)]
    public void A_port_is_found(string line, uint expected)
    {
        Assert.True(GreetingLine.TryParse(Encoding.ASCII.GetBytes(line), out uint port));
        Assert.Equal(expected, port);
    }

    [Theory]
    [InlineData("")]
    [InlineData("CONNECT")]
    [InlineData("CONNECT ")]
    [InlineData("CONNECTS 5")]
    [InlineData("CONNECT ++5")]
    [InlineData("CONNECT 5x")]
    [InlineData("CONNECT 4294967296")]
    public void Anything_else_is_no_greeting(string line) =>
        Assert.False(GreetingLine.TryParse(Encoding.ASCII.GetBytes(line), out _));

    [Theory]
    [InlineData(0u, "OK 0\n")]
    [InlineData(uint.MaxValue, "OK 4294967295\n")]
    public void The_answer_names_the_port(uint port, string expected)
    {
        byte[] line = new byte[GreetingLine.MaxAnswer];
        Assert.Equal(expected, Encoding.ASCII.GetString(line, 0, GreetingLine.Answer(line, port)));
    }
}
