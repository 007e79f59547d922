// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Spi;
using VhostDevice.Devices.Tests.I2c;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Devices.Tests.Spi;

/// <summary>An SPI device with its controller, served on a loop, and a guest.</summary>
internal sealed class SpiFixture : IDisposable
{
    private readonly TestController _controller;

    internal SpiFixture(TestController controller, FrontEndDeviceOptions? options = null)
    {
        _controller = controller;
        Statistics = new SpiStatistics(controller);
        BackEnd = new TestBackEnd<SpiDevice>(() => new SpiDevice(Statistics, Log));
        Guest = new SpiGuest(BackEnd.Attach(options ?? I2cFixture.Options));
    }

    internal RecordingLogger Log { get; } = new();

    internal SpiStatistics Statistics { get; }

    internal TestBackEnd<SpiDevice> BackEnd { get; }

    internal SpiGuest Guest { get; }

    public void Dispose()
    {
        _controller.LetAllGo();
        Guest.Front.Dispose();
        BackEnd.WaitForConnections(0);
        BackEnd.Dispose();
    }
}
