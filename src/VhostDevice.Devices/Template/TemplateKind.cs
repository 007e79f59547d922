// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting.Kinds;

namespace VhostDevice.Devices.Template;

/// <summary>template: an example, which no driver uses.</summary>
public sealed class TemplateKind() : DeviceKind("template", 0, "An example to begin a new device with; describes requests in its log")
{
    public override Served Open(Opening at) => new(socket => () => new TemplateDevice(socket.Log));
}
