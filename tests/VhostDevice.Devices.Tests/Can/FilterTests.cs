// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Can;
using VhostDevice.Devices.Yaml;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Can;

/// <summary>Filters of a guest's controller.</summary>
[Collection(DeviceCollection.Name)]
public sealed class FilterTests : LeakChecked
{
    [Theory]
    [InlineData("123/7FF", "123", "124 00000123x")]
    [InlineData("100/700", "100 123 1FF", "200 00000100x")]
    [InlineData("000/000", "0 7FF", "00000000x")]
    [InlineData("00000000/00000000", "00000000x 1FFFFFFFx", "0")]
    [InlineData("18DA0000/1FFF0000", "18DA10F1x", "18DB10F1x 0DA")]
    [InlineData("123~7FF", "124 00000123x", "123")]
    [InlineData("123/7FF,200/7FF", "123 200", "201")]
    [InlineData("123/7FF,tx=200/7FF", "123", "200")]
    [InlineData("tx=200/7FF", "123 200 00000001x", "")]
    public void Frames_pass_as_the_kernel_lets_them(string text, string passing, string others)
    {
        Assert.True(CanFilters.TryParse(text, out CanFilters? filters));
        foreach (string frame in passing.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            Assert.True(filters!.MayReceive(Frame(frame)), frame);
        foreach (string frame in others.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            Assert.False(filters!.MayReceive(Frame(frame)), frame);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("123")]
    [InlineData("12/7FF")]
    [InlineData("123/7F")]
    [InlineData("800/7FF")]
    [InlineData("123/FFF")]
    [InlineData("20000000/1FFFFFFF")]
    [InlineData("123/7FF,")]
    [InlineData("123 /7FF")]
    [InlineData("xx=123/7FF")]
    [InlineData("123/7FF/7FF")]
    public void What_is_no_filter_is_refused(string text) => Assert.False(CanFilters.TryParse(text, out _));

    [Fact]
    public void There_are_not_too_many_of_them()
    {
        Assert.True(CanFilters.TryParse(string.Join(',', Enumerable.Repeat("123/7FF", CanFilters.Most)), out _));
        Assert.False(CanFilters.TryParse(string.Join(',', Enumerable.Repeat("123/7FF", CanFilters.Most + 1)), out _));
    }

    [Fact]
    public void What_does_not_pass_is_refused_to_the_guest_and_kept_from_it()
    {
        Assert.True(CanFilters.TryParse("rx=100/700,tx=200/700", out CanFilters? filters));
        SimulatedCanBus bus = new("a");
        using CanGuest guest = new(bus, filters: filters), other = new(bus);
        guest.Start();
        other.Start();
        Assert.Equal([1], guest.Send(CanGuest.Frame(0x123, [])));
        Assert.Equal([0], guest.Send(CanGuest.Frame(0x223, [])));
        Assert.Equal(CanGuest.Received(0x223, []), other.Receive());
        Assert.Equal([0], other.Send(CanGuest.Frame(0x223, [])));
        Assert.Equal([0], other.Send(CanGuest.Frame(0x123, [])));
        Assert.Equal(CanGuest.Received(0x123, []), guest.Receive());
        Assert.Equal(2ul, guest.Statistics.Filtered);
    }

    [Fact]
    public void A_board_file_says_what_is_wrong_with_a_filter() => Assert.Contains(
        "'12/3' is no filter: ID/MASK lets frames pass",
        Assert.Throws<YamlFileException>(() => BoardFile.Parse("can: [{controller: can0, bus: a, filter: 12/3}]", "f", "/").Dispose()).Message,
        StringComparison.Ordinal);

    private static CanFrame Frame(string id) => new(Convert.ToUInt32(id.TrimEnd('x'), 16), 0, isExtended: id.EndsWith('x'));
}
