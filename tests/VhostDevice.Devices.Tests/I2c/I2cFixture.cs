// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.I2c;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Devices.Tests.I2c;

/// <summary>An I2C device with its buses, served on a loop, and a guest.</summary>
internal sealed class I2cFixture : IDisposable
{
    internal static readonly FrontEndDeviceOptions Options = TestOptions.Small with { MemorySize = 4 << 20, QueueSizes = [256] };

    // A busy machine may keep a test from going on for longer than the device would wait for its driver.
    private static readonly TimeSpan s_forever = TimeSpan.FromHours(1);

    private readonly TestBus[] _buses;

    internal I2cFixture(params TestBus[] buses)
        : this(Options, s_forever, buses)
    {
    }

    internal I2cFixture(FrontEndDeviceOptions options, params TestBus[] buses)
        : this(options, s_forever, buses)
    {
    }

    internal I2cFixture(TimeSpan patience, params TestBus[] buses)
        : this(Options, patience, buses)
    {
    }

    private I2cFixture(FrontEndDeviceOptions options, TimeSpan patience, TestBus[] buses)
    {
        _buses = buses;
        Set = new I2cBusSet(buses);
        Statistics = new I2cStatistics(Set);
        BackEnd = new TestBackEnd<I2cDevice>(() => new I2cDevice(Set, Statistics, Log) { Patience = patience });
        Guest = new I2cGuest(BackEnd.Attach(options));
    }

    internal RecordingLogger Log { get; } = new();

    internal I2cBusSet Set { get; }

    internal I2cStatistics Statistics { get; }

    internal TestBackEnd<I2cDevice> BackEnd { get; }

    internal I2cGuest Guest { get; }

    /// <summary>A bus with memories at 0x50 and 0x51.</summary>
    internal static TestBus Memories(bool mayBlock = false, string name = "i2c-test") => new(name, mayBlock, (0x50, false), (0x51, false));

    public void Dispose()
    {
        foreach (TestBus bus in _buses)
            bus.LetAllGo();
        Guest.Front.Dispose();
        BackEnd.WaitForConnections(0);
        BackEnd.Dispose();
        Set.Dispose();
    }
}
