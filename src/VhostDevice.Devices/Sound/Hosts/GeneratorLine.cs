// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Sound.Samples;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Sound.Hosts;

/// <summary>Something to record that nobody plays: a sine, or noise; the same in all channels.</summary>
/// <param name="hertz">The sine's frequency; 0: white noise.</param>
/// <param name="level">The peak, 0 to 1 of full scale.</param>
public sealed class GeneratorLine(double hertz, double level = 0.5) : ISoundLine
{
    public string Name => hertz > 0 ? "sine" : "noise";

    public SoundAbilities Abilities => SoundAbilities.All with { Formats = SampleFormats.Numbers };

    public ISoundSession? Open(SoundFormat format, int periodFrames, EventLoop loop, Action moved, out string problem)
    {
        problem = "";
        return new Session(format, hertz, level);
    }

    public void Dispose()
    {
    }

    private sealed class Session(SoundFormat format, double hertz, double level) : ISoundSession
    {
        private readonly double _step = hertz / format.Rate;
        private readonly Random _random = new(1);
        private double _turn;

        public int DelayBytes => 0;

        public int Read(Span<byte> frames)
        {
            int bytes = SampleFormats.Bytes(format.Sample);
            for (int at = 0; at + format.FrameBytes <= frames.Length; at += format.FrameBytes)
            {
                double number = level * (_step > 0 ? Math.Sin(_turn * 2 * Math.PI) : _random.NextDouble() * 2 - 1);
                _turn += _step;
                _turn -= Math.Floor(_turn);
                for (int channel = 0; channel < format.Channels; channel++)
                    SampleFormats.Write(format.Sample, frames[(at + channel * bytes)..], number);
            }

            return frames.Length;
        }

        public void Dispose()
        {
        }
    }
}
