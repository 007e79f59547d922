// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

/// <summary>The kernel's input devices, /dev/input/event*. Only <see cref="SetGrabbed"/> may take a moment: it waits for readers.</summary>
public static unsafe class Evdev
{
    /// <summary>Bytes of every bitmap and text here.</summary>
    public const int BitmapSize = 128;

    /// <summary>Most slots of a multitouch device that <see cref="Slots"/> reads.</summary>
    public const int MaxSlots = 64;

    /// <summary>Bus, vendor, product and version.</summary>
    /// <returns>ENOTTY for what is no input device.</returns>
    public static Errno Ids(int fd, out (ushort Bus, ushort Vendor, ushort Product, ushort Version) ids)
    {
        InputId id = default;
        Errno errno = Result(Libc.ioctl(fd, EvdevIoctl.EVIOCGID, &id));
        ids = (id.BusType, id.Vendor, id.Product, id.Version);
        return errno;
    }

    /// <summary>The name, ended by a 0 if there is room.</summary>
    /// <param name="target">At least <see cref="BitmapSize"/> bytes, as in all that follows.</param>
    public static Errno Name(int fd, Span<byte> target) => Fill(fd, EvdevIoctl.EVIOCGNAME_128, target);

    /// <summary>The serial number, as <see cref="Name"/>. ENOENT: it has none.</summary>
    public static Errno Serial(int fd, Span<byte> target) => Fill(fd, EvdevIoctl.EVIOCGUNIQ_128, target);

    /// <summary>INPUT_PROP bits.</summary>
    public static Errno Properties(int fd, Span<byte> target) => Fill(fd, EvdevIoctl.EVIOCGPROP_128, target);

    /// <summary>The codes of a type that the device has; for type 0, its types.</summary>
    /// <param name="type">0 to 31.</param>
    public static Errno Codes(int fd, int type, Span<byte> target) => Fill(fd, EvdevIoctl.EVIOCGBIT_128 + (uint)(type & 31), target);

    /// <summary>Which keys are pressed. Presses and releases that were not read yet are dropped, because they are in it.</summary>
    public static Errno Keys(int fd, Span<byte> target) => Fill(fd, EvdevIoctl.EVIOCGKEY_128, target);

    /// <summary>Which LEDs are lit; drops events as <see cref="Keys"/>.</summary>
    public static Errno Leds(int fd, Span<byte> target) => Fill(fd, EvdevIoctl.EVIOCGLED_128, target);

    /// <summary>Which switches are on; drops events as <see cref="Keys"/>.</summary>
    public static Errno Switches(int fd, Span<byte> target) => Fill(fd, EvdevIoctl.EVIOCGSW_128, target);

    /// <param name="code">0 to 63.</param>
    public static Errno Axis(int fd, int code, out EvdevAxis axis)
    {
        InputAbsInfo info = default;
        Errno errno = Result(Libc.ioctl(fd, EvdevIoctl.EVIOCGABS + (uint)(code & 63), &info));
        axis = new EvdevAxis(info.Value, info.Minimum, info.Maximum, info.Fuzz, info.Flat, info.Resolution);
        return errno;
    }

    /// <summary>A value of each slot of a multitouch device.</summary>
    /// <param name="code">ABS_MT_*.</param>
    /// <param name="values">At least <see cref="MaxSlots"/>.</param>
    public static Errno Slots(int fd, int code, Span<int> values)
    {
        int* buffer = stackalloc int[1 + MaxSlots];
        new Span<int>(buffer, 1 + MaxSlots).Clear();
        buffer[0] = code;
        Errno errno = Result(Libc.ioctl(fd, EvdevIoctl.EVIOCGMTSLOTS_260, buffer));
        new ReadOnlySpan<int>(buffer + 1, MaxSlots).CopyTo(values);
        return errno;
    }

    /// <summary>Takes the device away from all other readers, or gives it back. EBUSY: another one has taken it.</summary>
    public static Errno SetGrabbed(int fd, bool on) => Result(Libc.ioctl(fd, EvdevIoctl.EVIOCGRAB, (void*)(on ? 1 : 0)));

    /// <summary>Reads events, as many as there are and have room.</summary>
    /// <returns>How many; 0 at the end of a file that stands in for a device.</returns>
    public static int Read(int fd, Span<EvdevEvent> events, out Errno errno)
    {
        fixed (EvdevEvent* p = events)
        {
            nint n = FileIo.Read(fd, (byte*)p, (nuint)(events.Length * sizeof(EvdevEvent)), out errno);
            return n < 0 ? 0 : (int)n / sizeof(EvdevEvent);
        }
    }

    /// <summary>Has the device do something: light an LED, sound, shake.</summary>
    public static Errno Write(int fd, ReadOnlySpan<EvdevEvent> events)
    {
        fixed (EvdevEvent* p = events)
        {
            _ = FileIo.Write(fd, (byte*)p, (nuint)MemoryMarshal.AsBytes(events).Length, out Errno errno);
            return errno;
        }
    }

    private static Errno Fill(int fd, uint request, Span<byte> target)
    {
        byte* buffer = stackalloc byte[BitmapSize];
        new Span<byte>(buffer, BitmapSize).Clear();
        Errno errno = Result(Libc.ioctl(fd, request, buffer));
        new ReadOnlySpan<byte>(buffer, BitmapSize).CopyTo(target);
        return errno;
    }

    private static Errno Result(int value) => value < 0 ? Errno.Last : Errno.Success;
}
