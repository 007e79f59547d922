// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Serving;
using VhostDevice.Devices.Can;
using VhostDevice.Devices.Console;
using VhostDevice.Devices.Gpio;
using VhostDevice.Devices.I2c;
using VhostDevice.Devices.Input;
using VhostDevice.Devices.Rng;
using VhostDevice.Devices.Rtc;
using VhostDevice.Devices.Scmi;
using VhostDevice.Devices.Scsi;
using VhostDevice.Devices.Sound;
using VhostDevice.Devices.Spi;
using VhostDevice.Devices.Template;
using VhostDevice.Devices.Vsock;
using VhostDevice.Hosting;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Kinds;
using VhostDevice.Program.Tools;

DeviceKind[] kinds =
[
    new CanKind(), new ConsoleKind(), new GpioKind(), new I2cKind(), new InputKind(), new RngKind(), new RtcKind(), new ScmiKind(),
    new ScsiKind(), new SoundKind(), new SpiKind(), new TemplateKind(), new VsockKind(),
];
return DeviceProgram.RunFamily(args, "vhost-device", kinds, () =>
{
    Command[] tools = [new BoardCommand(), new ProbeCommand()];
    return [.. tools, new DescribeCommand(kinds, tools)];
});
