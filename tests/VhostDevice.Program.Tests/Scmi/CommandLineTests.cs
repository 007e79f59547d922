// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Scmi;

public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("there is no sensor 'nope': fake, iio, hwmon", "-d", "nope")]
    [InlineData("'name' of fake is no property: write NAME=VALUE", "-d", "fake,name")]
    [InlineData("'name=a=b' of fake is no property: write NAME=VALUE", "--device", "fake", "fake,name=a=b")]
    [InlineData("fake has no path: name", "-d", "fake,path=/x")]
    [InlineData("name of fake is empty", "-d", "fake,name=")]
    [InlineData("hwmon needs path=…, for example hwmon,path=/sys/class/hwmon/hwmon0,channel=temp1", "-d", "hwmon")]
    [InlineData("iio needs channel=…, for example iio,path=/sys/bus/iio/devices/iio:device0,channel=in_accel", "-d", "iio,path=/x")]
    [InlineData("--device needs a value: SENSOR...", "-d")]
    [InlineData("--help-devices stands alone: leave out the rest", "--help-devices")]
    public void Mistakes(string expected, params string[] arguments) =>
        Assert.Equal("vhost-device: " + expected, Command.Program(["scmi", "-s", _folder.At("scmi"), .. arguments]).UsageError());

    [Fact]
    public void A_folder_that_is_not_there_is_no_usage_error() =>
        Assert.StartsWith(
            "vhost-device: the folder /none of the hardware monitor cannot be read: ",
            Command.Program("scmi", "-s", _folder.At("scmi"), "-d", "hwmon,path=/none").RuntimeError(),
            StringComparison.Ordinal);

    [Fact]
    public void The_sensors_are_listed_without_a_socket()
    {
        string[] lines = Command.Program("scmi", "--help-devices").Success();
        Assert.Equal("Available devices:", lines[0]);
        Assert.Equal(
            ["- fake: Three axes of an acceleration that count", "- iio: A channel of an industrial I/O device of the host, or all its axes",
                "- hwmon: An input of a hardware monitor of the host, or all of them"],
            lines.Where(static l => l.StartsWith("- ", StringComparison.Ordinal)));
    }

    /// <summary>Sensors are numbered in the order of the command line, whichever way they are written there.</summary>
    [Fact]
    public void Several_sensors_may_follow_an_option()
    {
        using ChildProcess daemon = ChildProcess.Start(
            ProgramFile.Path, ["scmi", "-d", "fake,name=a", "fake,name=b", "--device=fake,name=c", "-d", "fake", "-s", _folder.At("scmi")]);
        foreach (string line in (string[])["sensor 0: a", "sensor 1: b", "sensor 2: c", "sensor 3: fake"])
            daemon.Err.WaitFor(line);
        daemon.Err.WaitFor("listening on");
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
    }

    /// <summary>Without any there is still the base protocol.</summary>
    [Fact]
    public void No_sensor_is_possible()
    {
        using ChildProcess daemon = ChildProcess.Start(ProgramFile.Path, ["scmi", "-s", _folder.At("scmi")]);
        daemon.Err.WaitFor("listening on");
        using FrontEndDevice guest = FrontEndDevice.Connect(_folder.At("scmi"), new() { MemorySize = 1 << 20, QueueSizes = [16, 16] });
        Assert.Equal(0ul, guest.Features & 2);
        Assert.Equal(1ul, guest.Features & 1);
    }
}
