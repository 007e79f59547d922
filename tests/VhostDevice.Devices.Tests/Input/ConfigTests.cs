// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Input;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Input;

/// <summary>What a driver reads of a device.</summary>
[Collection(DeviceCollection.Name)]
public sealed class ConfigTests : LeakChecked
{
    [Theory]
    [InlineData(0, 0, "")]
    [InlineData(1, 0, "74C3A97374")] // the name, any bytes, without a 0
    [InlineData(2, 0, "732F6E2037")]
    [InlineData(3, 0, "0300341278 56BC9A")]
    [InlineData(0x10, 0, "02")]
    [InlineData(0x11, 0, "")]
    [InlineData(0x11, 2, "0001")]
    [InlineData(0x11, 3, "0100000000802002")]
    [InlineData(0x11, 4, "10")]
    [InlineData(0x11, 5, "01")]
    [InlineData(0x11, 6, "")]
    [InlineData(0x11, 0x11, "03")]
    [InlineData(0x11, 0x12, "04")]
    [InlineData(0x11, 0x14, "")] // it does not repeat
    [InlineData(0x11, 0x15, "00000000000000000000000001")]
    [InlineData(0x11, 255, "")]
    [InlineData(0x12, 0, "F6FFFFFF FF0F0000 04000000 08000000 0C000000")]
    [InlineData(0x12, 1, "")]
    [InlineData(0x12, 0x35, "00000000 FF0F0000 00000000 00000000 0A000000")]
    [InlineData(0x12, 64, "")]
    [InlineData(0x12, 255, "")]
    [InlineData(0x13, 0, "")]
    [InlineData(255, 255, "")]
    public void Each_selection_has_its_size_and_nothing_behind_it(byte select, byte subselect, string expected)
    {
        using InputGuest guest = new(new TestSource());
        Assert.Equal(expected.Replace(" ", "", StringComparison.Ordinal), Convert.ToHexString(guest.Select(select, subselect)));
    }

    [Fact]
    public void The_keys_reach_to_the_last_one()
    {
        using InputGuest guest = new(new TestSource());
        byte[] keys = guest.Select(0x11, 1);
        Assert.Equal((96, 0x80, 0x02), (keys.Length, keys[95], keys[0]));
    }

    [Fact]
    public void All_of_it_may_be_written_at_once_and_what_is_not_the_drivers_stays()
    {
        using InputGuest guest = new(new TestSource());
        byte[] all = new byte[136];
        Array.Fill(all, (byte)0xFF);
        (all[0], all[1]) = (0x11, 0x11);
        Assert.True(guest.Front.Connection.SetConfig(0, all).IsPositive);
        Assert.Equal([0x11, 0x11, 1, 0, 0, 0, 0, 0, 3], guest.Front.ReadConfig(0, 9));
        Assert.True(guest.Front.Connection.SetConfig(2, [9, 9]).IsPositive);
        Assert.Equal([0x11, 0x11, 1, 0], guest.Front.ReadConfig(0, 4));
    }

    [Fact]
    public void A_name_of_any_length_is_cut_where_there_is_no_room()
    {
        InputDescription described = new() { NameBytes = Enumerable.Repeat((byte)0xFE, 200).ToArray(), SerialBytes = "a\0b"u8 };
        using InputGuest guest = new(new TestSource(described));
        Assert.Equal(128, guest.Select(1).Length);
        Assert.Equal("a"u8.ToArray(), guest.Select(2));
    }
}
