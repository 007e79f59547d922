// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Gpio;

/// <summary>Drivers and wires that do things in any order, against the few sentences that the specification has on it.</summary>
[Collection(DeviceCollection.Name)]
public sealed class InterruptModelTests : LeakChecked
{
    private const int Steps = 400;

    private static readonly uint[] s_types =
        [GpioFixture.Rising, GpioFixture.Falling, GpioFixture.Both, GpioFixture.LevelHigh, GpioFixture.LevelLow];

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(4, false)]
    [InlineData(5, false)]
    [InlineData(6, true)]
    [InlineData(7, true)]
    [InlineData(8, true)]
    public void No_interrupt_is_lost_doubled_or_made_up(int seed, bool mayWait)
    {
        using GpioFixture f = new(new TestGpioChip(8, mayWait));
        Random random = new(seed);
        Model[] lines = [.. Enumerable.Range(0, 4).Select(n => new Model(f, (ushort)n))];
        for (int step = 0; step < Steps; step++)
        {
            Model line = lines[random.Next(lines.Length)];
            switch (random.Next(12))
            {
                case 0:
                    line.SetIrq(GpioFixture.None);
                    break;
                case 1 or 2:
                    line.SetIrq(s_types[random.Next(s_types.Length)]);
                    break;
                case 3:
                    line.Release();
                    break;
                case 4 or 5 or 6 or 7:
                    line.Arm();
                    break;
                case 8 when random.Next(8) == 0:
                    f.Guest.Stop();
                    foreach (Model each in lines)
                        each.Paused();
                    f.Guest.Start();
                    break;
                default:
                    line.Toggle(random.Next(1, 5));
                    break;
            }

            // Exactly what is due came back, and nothing else.
            f.StillArmed();
        }
    }

    /// <summary>A line as driver and wire should see it.</summary>
    private sealed class Model(GpioFixture f, ushort line)
    {
        private bool _level;
        private uint _irq;
        private bool _latched;
        private GpioEvent? _pair;

        private bool IsLevel => _irq is GpioFixture.LevelHigh or GpioFixture.LevelLow;

        private bool IsActive => _level == (_irq == GpioFixture.LevelHigh);

        internal void SetIrq(uint type)
        {
            bool allowed = type == GpioFixture.None || type == _irq || _irq == GpioFixture.None;
            Assert.Equal(allowed ? GpioFixture.Ok : GpioFixture.Error, f.SetIrq(line, type));
            if (!allowed || type == _irq)
                return;
            if (type == GpioFixture.None)
                ComesBack(0);
            _irq = type;
            _latched = false;
        }

        internal void Release()
        {
            Assert.Equal(GpioFixture.Ok, f.SetDirection(line, GpioFixture.None));
            ComesBack(0);
            _irq = GpioFixture.None;
            _latched = false;
        }

        internal void Arm()
        {
            if (_pair is not null)
                return;
            _pair = f.Arm(line);
            if (_irq == GpioFixture.None)
                ComesBack(0);
            else if (IsLevel ? IsActive : _latched)
                ComesBack(1, fromLatch: true);
        }

        internal void Toggle(int times)
        {
            bool[] levels = new bool[times];
            bool comes = false;
            for (int i = 0; i < times; i++)
            {
                levels[i] = _level = !_level;
                bool counts = IsLevel ? IsActive : (_irq & (_level ? GpioFixture.Rising : GpioFixture.Falling)) != 0;
                if (counts && _pair is not null && !comes)
                    comes = true;
                else if (counts && !IsLevel)
                    _latched = true;
            }

            if (f.Chip.Calls is null)
            {
                f.Apply(line, levels);
            }
            else
            {
                // A pulse that is over when the level is looked at was none.
                foreach (bool level in levels)
                {
                    f.Apply(line, level);
                    f.Settle();
                }
            }

            if (comes)
                ComesBack(1);
        }

        internal void Paused() => ComesBack(0);

        private void ComesBack(byte status, bool fromLatch = false)
        {
            if (_pair is not { } pair)
                return;
            _pair = null;
            _latched &= !fromLatch;
            Assert.Equal(status, f.Take(pair));
        }
    }
}
