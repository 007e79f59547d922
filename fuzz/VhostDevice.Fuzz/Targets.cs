// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Fuzz.Device;
using VhostDevice.Fuzz.Device.Vsock;
using VhostDevice.Fuzz.Message;
using VhostDevice.Fuzz.Ring;

namespace VhostDevice.Fuzz;

/// <summary>All targets. Another one is a line here and a folder of the corpus of the same name.</summary>
public static class Targets
{
    private static readonly Func<IFuzzTarget>[] s_all =
    [
        static () => new RingTarget(),
        static () => new MessageTarget(),
        static () => new I2cTarget(),
        static () => new GpioTarget(),
        static () => new SpiTarget(),
        static () => new ScsiFuzzTarget(),
        static () => new VsockFuzzTarget(),
        static () => new CanTarget(),
        static () => new CanLogTarget(),
        static () => new CannelloniTarget(),
        static () => new InputTarget(),
        static () => new InputRecordingTarget(),
        static () => new RtcTarget(),
        static () => new SoundTarget(),
        static () => new DbcTarget(),
        static () => new EcuTarget(),
        static () => new ScmiTarget(),
        static () => new ConsoleTarget(),
    ];

    public static IEnumerable<IFuzzTarget> All => s_all.Select(static make => make());

    public static IFuzzTarget? Find(string name) => All.FirstOrDefault(t => t.Name == name);
}
